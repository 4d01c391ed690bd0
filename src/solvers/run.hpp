#pragma once

#include <vector>

#include "modeseek/solver.hpp"
#include "solvers/evaluator.hpp"
#include "solvers/problem.hpp"
#include "solvers/sample_noise.hpp"

namespace modeseek {

/// What every solver shares: the checked problem, counted evaluations, noise by sample, and the
/// certificate and deviation at the end.
class Run {
 public:
  /// Throws InvalidArgument as check_problem does, or when `planned` is too large.
  Run(Denoiser& prior, const Problem& problem, const RunOptions& options,
      const EvaluationCount& planned);

  const Problem& problem() const { return problem_; }
  Evaluator& evaluator() { return evaluator_; }
  const SampleNoise& noise() const { return noise_; }
  NoiseRange noise_range() const { return range_; }

  /// The result from the last point x at noise level sigma and its denoised value d.
  Result finish(float sigma, const Tensor& x, Tensor d);
  /// The same for a method that returns another image than d: the residual is that image's, the
  /// stationarity that of x and d.
  Result finish(float sigma, const Tensor& x, const Tensor& d, Tensor image);

 private:
  Result result(std::vector<Certificate> certificates, Tensor image);

  Problem problem_;
  NoiseRange range_;
  int deviation_probes_;
  SampleNoise noise_;
  Evaluator evaluator_;
};

/// s_0 z: where a run starts.
Tensor start(const Run& run, float sigma);

/// z of step `index`, the shape of the unknown.
Tensor fresh_noise(const Run& run, std::uint64_t index);

}  // namespace modeseek
