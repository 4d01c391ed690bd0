#include "solvers/problem.hpp"

#include <cmath>
#include <string>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

void check_measurement(const Problem& problem) {
  const Shape& found = problem.y.shape();
  if (found.n < 1 || found.with_samples(1) != problem.op.range().with_samples(1)) {
    throw InvalidArgument(
        "measurement: expected shape " +
        to_string(problem.op.range().with_samples(std::max<std::int64_t>(found.n, 1))) +
        ", found " + to_string(found));
  }
  if (!all_finite(problem.y)) throw InvalidArgument("measurement: a value is NaN or infinite");
  if (!(problem.noise > 0) || !std::isfinite(problem.noise)) {
    throw InvalidArgument("noise: expected a positive standard deviation, found " +
                          std::to_string(problem.noise));
  }
}

void check_image(const Shape& image, const ImageConstraints& wanted) {
  if (wanted.channels != 0 && image.c != wanted.channels) {
    throw InvalidArgument("image: the prior expects " + std::to_string(wanted.channels) +
                          " channels, the operator has " + std::to_string(image.c));
  }
  if (wanted.fixed_size && *wanted.fixed_size != std::pair(image.h, image.w)) {
    throw InvalidArgument("image: the prior expects " + std::to_string(wanted.fixed_size->first) +
                          " x " + std::to_string(wanted.fixed_size->second) +
                          " pixels, the operator has " + std::to_string(image.h) + " x " +
                          std::to_string(image.w));
  }
  if (image.h % wanted.size_multiple != 0 || image.w % wanted.size_multiple != 0) {
    throw InvalidArgument("image: the prior expects rows and columns in multiples of " +
                          std::to_string(wanted.size_multiple) + ", the operator has " +
                          std::to_string(image.h) + " x " + std::to_string(image.w));
  }
}

void check_run(const RunOptions& run, std::int64_t samples) {
  if (!run.sample_seeds.empty() && static_cast<std::int64_t>(run.sample_seeds.size()) != samples) {
    throw InvalidArgument("sample_seeds: expected none or one a sample (" +
                          std::to_string(samples) + "), found " +
                          std::to_string(run.sample_seeds.size()));
  }
  if (run.deviation_probes < 0 || run.deviation_probes > 100000) {
    throw InvalidArgument("deviation_probes: expected 0 to 100000, found " +
                          std::to_string(run.deviation_probes));
  }
}

}  // namespace

void check_problem(const Problem& problem, const Denoiser& prior, const RunOptions& run) {
  check_measurement(problem);
  check_image(problem.op.domain(), prior.constraints());
  check_run(run, problem.samples());
}

}  // namespace modeseek
