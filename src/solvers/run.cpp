#include "solvers/run.hpp"

#include <utility>

#include "solvers/certificate.hpp"
#include "solvers/deviation.hpp"

namespace modeseek {
namespace {

const Problem& checked(const Problem& problem, const Denoiser& prior, const RunOptions& options) {
  check_problem(problem, prior, options);
  return problem;
}

EvaluationCount with_deviation(const EvaluationCount& planned, int probes) {
  const EvaluationCount deviation = deviation_count(probes);
  return {planned.forward + deviation.forward, planned.vjp + deviation.vjp};
}

}  // namespace

Run::Run(Denoiser& prior, const Problem& problem, const RunOptions& options,
         const EvaluationCount& planned)
    : problem_(checked(problem, prior, options)),
      range_(prior.noise_range()),
      deviation_probes_(options.deviation_probes),
      noise_(options, problem.samples()),
      evaluator_(prior, with_deviation(planned, options.deviation_probes), options.progress) {}

Result Run::finish(float sigma, const Tensor& x, Tensor d) {
  Result result;
  result.certificates = certify(problem_, sigma, x, d);
  if (deviation_probes_ > 0) {
    result.deviation =
        posterior_deviation(evaluator_, problem_, noise_, range_, d, deviation_probes_);
  }
  result.image = std::move(d);
  result.denoiser_evaluations = static_cast<int>(evaluator_.done().forward);
  result.vjp_evaluations = static_cast<int>(evaluator_.done().vjp);
  return result;
}

}  // namespace modeseek
