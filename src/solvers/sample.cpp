#include "modeseek/sample.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "solvers/evaluator.hpp"
#include "solvers/sample_noise.hpp"
#include "solvers/schedule.hpp"

namespace modeseek {
namespace {

void check_shape(const Shape& shape, const Denoiser& prior) {
  const std::int64_t channels = prior.constraints().channels;
  if (shape.n < 1 || shape.h < 1 || shape.w < 1 || shape.c < 1 ||
      (channels != 0 && shape.c != channels)) {
    throw InvalidArgument(fmt::format(
        "samples: expected at least one image of {} channels, found {}",
        channels != 0 ? fmt::format("{}", channels) : "any number of", to_string(shape)));
  }
}

RunOptions seeds_by_sample(std::uint64_t seed, std::int64_t samples) {
  RunOptions run;
  for (std::int64_t n = 0; n < samples; ++n) {
    run.sample_seeds.push_back(seed + static_cast<std::uint64_t>(n));
  }
  return run;
}

/// dx/ds at noise level s.
Tensor slope(const Tensor& x, const Tensor& d, float s) { return (1 / s) * (x - d); }

}  // namespace

int sample_evaluations(const SampleOptions& options) {
  karras_schedule(options.steps, options.sigma_max, options.sigma_min);  // checks them
  return 2 * options.steps - 1;
}

Tensor sample(Denoiser& prior, const Shape& shape, const SampleOptions& options) {
  check_shape(shape, prior);
  const LevelEnds ends = ends_within(prior.noise_range(), options.sigma_max, options.sigma_min);
  const std::vector<float> levels = karras_schedule(options.steps, ends.max, ends.min);
  Evaluator evaluator(prior, EvaluationCount{sample_evaluations(options), 0}, options.progress);
  const SampleNoise noise(seeds_by_sample(options.seed, shape.n), shape.n);
  Tensor x = levels[0] * noise.normal(shape, SampleNoise::Purpose::start, 0);
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
    const float step = levels[i + 1] - levels[i];
    const Tensor first = slope(x, evaluator.denoise(x, levels[i]), levels[i]);
    Tensor euler = x;
    add_scaled(euler, step, first);
    const Tensor second = slope(euler, evaluator.denoise(euler, levels[i + 1]), levels[i + 1]);
    add_scaled(x, step / 2, first);
    add_scaled(x, step / 2, second);
  }
  // The step to zero is Euler's: x - s (x - D)/s = D.
  return evaluator.denoise(x, levels.back());
}

}  // namespace modeseek
