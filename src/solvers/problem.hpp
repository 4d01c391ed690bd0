#pragma once

#include "modeseek/solver.hpp"

namespace modeseek {

/// One call of Solver::solve, as the parts of a solver hand it around.
struct Problem {
  const Operator& op;
  const Tensor& y;  ///< [N, range of op]
  float noise;      ///< sy, the standard deviation of y's noise on [-1, 1]

  std::int64_t samples() const { return y.shape().n; }
  /// Shape of the unknown, [N, domain of op].
  Shape unknown() const { return op.domain().with_samples(samples()); }
  /// lam = sy^2 / s^2, in double: float32 would lose it for noise-free tasks.
  double lam(float sigma) const {
    const double ratio = static_cast<double>(noise) / static_cast<double>(sigma);
    return ratio * ratio;
  }
};

/// Throws InvalidArgument, naming the offending argument, unless the measurement, the noise level
/// and the run's options fit the operator and the prior.
void check_problem(const Problem& problem, const Denoiser& prior, const RunOptions& run);

}  // namespace modeseek
