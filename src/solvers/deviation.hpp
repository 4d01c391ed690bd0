#pragma once

#include "solvers/evaluator.hpp"
#include "solvers/problem.hpp"
#include "solvers/sample_noise.hpp"

namespace modeseek {

/// Evaluations that posterior_deviation takes.
EvaluationCount deviation_count(int probes);

/// Per-pixel standard deviation of p(x0|y) around the restored image `d`, from the Laplace
/// covariance (H^T H / sy^2 + C^-1)^-1, H the measurement's derivative at d. The prior's local
/// precision C^-1 comes from the denoiser: at a noise level t of 0.1 (moved into `range`),
/// Cov[x0|x_t] = t^2 J = (C^-1 + I / t^2)^-1, hence C^-1 = (J^-1 - I) / t^2. J is taken at d + t z:
/// a network knows only noisy images. With P = (H^T H / sy^2 + I / t^2)^-1 the covariance is J F^-1
/// P, F = P (H^T H / sy^2 J + (I - J) / t^2), which needs no inverse of J; its diagonal is the mean
/// of v * (J F^-1 P v) over random signs v (Bekas, Kokiopoulou, Saad, "An estimator for the
/// diagonal of a matrix", 2007), the system solved by a few steps of GCR. One step and no
/// measurement give t^2 diag J, the plain denoising variance.
Tensor posterior_deviation(Evaluator& evaluator, const Problem& problem, const SampleNoise& noise,
                           const NoiseRange& range, const Tensor& d, int probes);

}  // namespace modeseek
