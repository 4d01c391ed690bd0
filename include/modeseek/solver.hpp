#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modeseek/denoiser.hpp"
#include "modeseek/operator.hpp"
#include "modeseek/tensor.hpp"

namespace modeseek {

/// What a progress callback sees after each network evaluation.
struct Progress {
  int done = 0;                      ///< network evaluations finished (a VJP counts two)
  int total = 0;                     ///< of how many
  float sigma = 0;                   ///< current noise level on [-1, 1]
  const Tensor* estimate = nullptr;  ///< current denoised estimate; may be null
};

/// Returns false to stop: the solver then throws Cancelled.
using ProgressCallback = std::function<bool(const Progress&)>;

/// What every solver needs to know about one run.
struct RunOptions {
  std::uint64_t seed = 0;
  /// One seed a sample when not empty; otherwise every sample uses `seed`. A sample's result
  /// depends on its own seed, never on its place in the batch.
  std::vector<std::uint64_t> sample_seeds;
  ProgressCallback progress;
  /// Hutchinson probes for the posterior standard deviation, each 1 forward pass and 8 VJPs on top
  /// of expected_evaluations(); 0 = not wanted. What is computed: docs/solvers.md.
  int deviation_probes = 0;
};

/// How trustworthy one restored sample is.
struct Certificate {
  /// |y - H x| / (noise sqrt(m)): about 1 when the measurement is explained (discrepancy
  /// principle).
  double residual_ratio = 0;
  /// |g| s / sqrt(n): the scaled stationarity residual, g = H^T(H D - y)/noise^2 + (x - D)/s^2,
  /// evaluated at the last noise level.
  double stationarity = 0;
};

struct Result {
  Tensor image;  ///< restored samples, the operator's domain, in [-1, 1] up to overshoot
  std::vector<Certificate> certificates;  ///< one a sample
  std::optional<Tensor>
      deviation;                 ///< per-pixel posterior standard deviation on [-1, 1], when asked
  int denoiser_evaluations = 0;  ///< forward passes, those of linearize included
  int vjp_evaluations = 0;       ///< vector-Jacobian products
};

/// A restoration method.
class Solver {
 public:
  virtual ~Solver() = default;
  /// Restores x from y = H x + noise n. y [N, range of op]; `noise` is the standard deviation on
  /// the
  /// [-1, 1] scale, positive, floors already applied by the caller.
  /// Throws InvalidArgument when shapes or options do not fit, Cancelled when the callback says
  /// stop.
  virtual Result solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
                       const RunOptions& run) const = 0;
  /// "vml-map"
  virtual std::string name() const = 0;
  /// The settings as "key=value, ...", for records.
  virtual std::string settings() const = 0;
  /// Network evaluations of a run, as {forward passes, VJPs}, deviation probes left out.
  virtual std::pair<int, int> expected_evaluations() const = 0;
  /// Tensors of the unknown's extent that a run holds at its peak, for forecasts of memory: beside
  /// the measurement, its residual and what the prior and the operator take.
  virtual int tensors_held() const { return 6; }
};

/// Variational mode seeking (Gutha, Vinuesa, Azizpour, "Mode-Seeking for Inverse Problems with
/// Diffusion Models", arXiv 2512.10524), in two schemes (docs/solvers.md). `descent`, as published:
/// at each noise level K steps that reduce KL(p(x0|x_s) || p(x0|y)), then a transition to the next
/// level. `posterior`: one full step with the minimiser's preconditioner at each level, and fresh
/// noise of the measurement's posterior, N(0, f^2 (H^T H/sy^2 + I/s'^2)^-1), between levels: one
/// network evaluation a level.
struct VmlMapOptions {
  enum class Scheme { descent, posterior };
  enum class Direction { vjp, jacobian_free };
  enum class Preconditioner { normal, none };

  Scheme scheme = Scheme::descent;
  int steps = 10;  ///< N noise levels (Karras schedule, rho = 7; see also spacing_knee)
  /// posterior: share f of fresh noise; 0 seeks the mode, 1 keeps the noise level exact, between
  /// the two it is a temperature. descent: 1 = renoise (x <- D + s' z), 0 = deterministic (x <- D +
  /// (s'/s)(x - D)); between: the kept part of the residual is scaled by sqrt(1 - f^2) and fresh
  /// noise by f, so that the noise level stays s'.
  float renoise = 0.0F;
  float sigma_max = 10.0F;  ///< first level; both are moved into the prior's noise range
  float sigma_min = 0.01F;  ///< last level

  // posterior only
  /// When positive, the levels are evenly spaced in log(s / (1 + s / spacing_knee)): few above the
  /// knee, more below than the Karras schedule, which 0 stands for, has there.
  float spacing_knee = 0.0F;
  /// M more evaluations at the last level, whose denoised images are averaged: nearer to the
  /// posterior mean, which noisy measurements reward; 0 = the last denoised image.
  int averaged = 0;

  // descent only
  int inner_steps = 4;     ///< K descent steps a level
  float step_size = 1.0F;  ///< gamma
  Direction direction = Direction::jacobian_free;
  Preconditioner preconditioner = Preconditioner::normal;
  /// Standard deviation p of x0 that `normal` assumes. It inverts H^T H / sy^2 + I / v, where v
  /// stands for Cov[x0|x_s]: 1 / v = 1 / s^2 + 1 / p^2, the variance under a prior N(., p^2 I), or
  /// v = s^2 for p = 0, as published. Where nothing is measured, a step then goes only so far that
  /// x keeps the noise that the denoiser is told of; stationary points are the same.
  float prior_deviation = 0.0F;
  /// When positive, the share of fresh noise after level s is renoise s / (s + renoise_knee): high
  /// levels forget a bad start, low ones descend; 0 = the same share at every level.
  float renoise_knee = 0.0F;
  /// Probes for the covariance traces of the full VML loss (a diagnostic: needs the direction vjp
  /// and a small step size); 0 = the simplified loss VML_S.
  int covariance_probes = 0;
};

/// Throws InvalidArgument for options out of range.
std::unique_ptr<Solver> make_vml_map(const VmlMapOptions& options);

/// DiffPIR (Zhu et al., "Denoising Diffusion Models for Plug-and-Play Image Restoration", CVPRW
/// 2023).
struct DiffPirOptions {
  int steps = 100;
  float lambda = 1.0F;  ///< weight of the prior: 1 inpainting, 8 super-resolution, 7 deblurring
  float zeta = 1.0F;    ///< share of fresh noise: 1, 0.25, 0.3 likewise
  float sigma_max = 80.0F;
  float sigma_min = 0.01F;
};

std::unique_ptr<Solver> make_diffpir(const DiffPirOptions& options);

}  // namespace modeseek
