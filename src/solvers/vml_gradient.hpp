#pragma once

#include <span>

#include "modeseek/solver.hpp"
#include "solvers/evaluator.hpp"
#include "solvers/problem.hpp"
#include "solvers/sample_noise.hpp"

namespace modeseek {

/// sy^2 g = H^T (H D - y) + lam (x - D), where J^T g is the gradient of the simplified loss VML_S
/// at x. Times sy^2, because g itself overflows float32 for noise-free tasks. For a non-linear
/// measurement A the Gauss-Newton form: H D becomes A(D), H elsewhere the derivative of A at D.
Tensor scaled_vml_gradient(const Problem& problem, float sigma, const Tensor& x, const Tensor& d);

/// Applies B to the gradient of the loss, B = P = (H^T H / sy^2 + I / v)^-1 with v = j s^2,
/// j = p^2 / (p^2 + s^2) for the prior deviation p (j = 1 for p = 0), or, without the
/// preconditioner, the largest multiple of the identity below it, B = (|H|^2 / sy^2 + 1 / s^2)^-1
/// I, so that the same step size is safe with both. No 1 / sy^2 is formed: with lam = sy^2 / s^2
/// every expression stays bounded as sy -> 0.
class VmlGradient {
 public:
  VmlGradient(const Problem& problem, VmlMapOptions::Preconditioner preconditioner,
              float prior_deviation);

  /// u = B g. With P and q = j (x - D): u = q + H^T (H H^T + lam / j I)^-1 (H (D - q) - y); for a
  /// non-linear measurement, with H its derivative at D, A(D) - H q takes the place of H (D - q).
  Tensor direction(float sigma, const Tensor& x, const Tensor& d) const;

  /// B M v at the denoised value d, where M = (s^2 H^T H / sy^2 - I) / 2 turns J into the
  /// covariance part of the full loss, Tr(H Cov H^T) / (2 sy^2) - Tr Cov / (2 s^2) = Tr(J M).
  Tensor weigh_probe(float sigma, const Tensor& d, const Tensor& v) const;

 private:
  /// j: how much of s^2 the preconditioner takes for the variance of x0 given x_s.
  double variance_share(float sigma) const;

  Problem problem_;
  bool precondition_;
  double prior_variance_;    ///< p^2
  double norm_squared_ = 0;  ///< |H|^2, without the preconditioner only
};

/// Hutchinson estimate of the gradient of Tr(J B M) (B held fixed), by `probes` random signs v:
/// v^T J B M v has the gradient d/de J(x + e a)^T v with a = B M v, taken by central differences,
/// two evaluations and two VJPs a probe. `d` = D(x, sigma). `index` numbers the calls of one run,
/// so that each draws probes of its own.
Tensor covariance_gradient(Evaluator& evaluator, const VmlGradient& gradient,
                           const SampleNoise& noise, float sigma, const Tensor& x, const Tensor& d,
                           int probes, std::uint64_t index);

}  // namespace modeseek
