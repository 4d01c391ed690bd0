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
  std::vector<Certificate> certificates = certify(problem_, sigma, x, d);
  return result(std::move(certificates), std::move(d));
}

Result Run::finish(float sigma, const Tensor& x, const Tensor& d, Tensor image) {
  std::vector<Certificate> certificates = certify(problem_, sigma, x, d);
  const std::vector<Certificate> of_image = certify(problem_, sigma, x, image);
  for (std::size_t n = 0; n < certificates.size(); ++n) {
    certificates[n].residual_ratio = of_image[n].residual_ratio;
  }
  return result(std::move(certificates), std::move(image));
}

Result Run::result(std::vector<Certificate> certificates, Tensor image) {
  Result result;
  result.certificates = std::move(certificates);
  if (deviation_probes_ > 0) {
    result.deviation =
        posterior_deviation(evaluator_, problem_, noise_, range_, image, deviation_probes_);
  }
  result.image = std::move(image);
  result.denoiser_evaluations = static_cast<int>(evaluator_.done().forward);
  result.vjp_evaluations = static_cast<int>(evaluator_.done().vjp);
  return result;
}

Tensor start(const Run& run, float sigma) {
  return sigma * run.noise().normal(run.problem().unknown(), SampleNoise::Purpose::start, 0);
}

Tensor fresh_noise(const Run& run, std::uint64_t index) {
  return run.noise().normal(run.problem().unknown(), SampleNoise::Purpose::transition, index);
}

}  // namespace modeseek
