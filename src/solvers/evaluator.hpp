#pragma once

#include <cstdint>
#include <memory>

#include "modeseek/solver.hpp"

namespace modeseek {

/// How many network evaluations a piece of work takes.
struct EvaluationCount {
  std::int64_t forward = 0;
  std::int64_t vjp = 0;

  /// A VJP costs about two forward passes: the unit of Progress.
  std::int64_t units() const { return forward + 2 * vjp; }
};

/// Throws InvalidArgument when a run would take more evaluations than an int can count.
void check_count(const EvaluationCount& count);

/// The only way by which solvers reach the denoiser: counts evaluations, reports each one to the
/// caller and stops when the caller says so (Cancelled).
class Evaluator {
 public:
  Evaluator(Denoiser& prior, const EvaluationCount& planned, ProgressCallback progress);

  /// D(x, sigma), every sample at the same noise level.
  Tensor denoise(const Tensor& x, float sigma);
  std::unique_ptr<Linearization> linearize(const Tensor& x, float sigma);
  Tensor pullback(Linearization& at, const Tensor& v);

  const EvaluationCount& done() const { return done_; }

 private:
  void report(const Tensor& estimate) const;

  Denoiser& prior_;
  EvaluationCount planned_;
  ProgressCallback progress_;
  EvaluationCount done_;
  float sigma_ = 0;
};

}  // namespace modeseek
