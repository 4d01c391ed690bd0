#pragma once

#include <string>
#include <utility>

#include "modeseek/solver.hpp"
#include "solvers/evaluator.hpp"

namespace modeseek {

class Run;

/// VML-MAP by posterior renoising (VmlMapOptions::Scheme::posterior). With d = D(x, s), s' the next
/// level, e = (s'/s) (x - d) the residual that the descent of VML_S keeps, and lam = sy^2/s'^2:
///
///   x <- d + w + H^T (H H^T + lam I)^-1 (y - H (d + w - e) + f sy u),   w = f s' z,
///
/// z and u standard normal. Where H measures, x becomes the measurement plus the residual, as in
/// the full Jacobian-free step (Douglas-Rachford); where it does not, the denoised image plus noise
/// of the level that the denoiser will be told of. The noise w + H^T(..)(f sy u - H w) has
/// covariance f^2 (H^T H/sy^2 + I/s'^2)^-1: x is distributed as x0 given y and a guess d of
/// precision 1/s'^2.
class VmlPosterior final : public Solver {
 public:
  /// Throws InvalidArgument for options out of range.
  explicit VmlPosterior(const VmlMapOptions& options);

  Result solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
               const RunOptions& run) const override;
  std::string name() const override { return "vml-map"; }
  std::string settings() const override;
  std::pair<int, int> expected_evaluations() const override;

 private:
  EvaluationCount planned() const;
  /// x at level `next_sigma` from x and d = D(x, sigma); `index` numbers the transitions.
  Tensor transition(const Run& run, float sigma, float next_sigma, const Tensor& x, const Tensor& d,
                    std::uint64_t index) const;

  VmlMapOptions options_;
};

}  // namespace modeseek
