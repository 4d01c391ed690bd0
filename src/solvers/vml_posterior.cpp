#include "solvers/vml_posterior.hpp"

#include <fmt/format.h>

#include <vector>

#include "modeseek/error.hpp"
#include "solvers/derivative.hpp"
#include "solvers/run.hpp"
#include "solvers/schedule.hpp"

namespace modeseek {
namespace {

using Purpose = SampleNoise::Purpose;

void check_options(const VmlMapOptions& options) {
  karras_schedule(options.steps, options.sigma_max, options.sigma_min);
  if (!(options.renoise >= 0 && options.renoise <= 1)) {
    throw InvalidArgument(fmt::format("renoise: expected 0 to 1, found {}", options.renoise));
  }
  if (options.averaged < 0) {
    throw InvalidArgument(
        fmt::format("averaged: expected 0 or a positive number, found {}", options.averaged));
  }
}

/// y - A(guess) for a guess near d; for a non-linear measurement A by its derivative at d.
Tensor residual(const Problem& problem, const Derivative& at, const Tensor& d,
                const Tensor& guess) {
  if (at.linear()) return problem.y - problem.op.apply(guess);
  return problem.y - problem.op.apply(d) - at->apply(guess - d);
}

}  // namespace

VmlPosterior::VmlPosterior(const VmlMapOptions& options) : options_(options) {
  check_options(options_);
  check_count(planned());
}

EvaluationCount VmlPosterior::planned() const {
  return {std::int64_t{options_.steps} + options_.averaged, 0};
}

std::pair<int, int> VmlPosterior::expected_evaluations() const {
  return {static_cast<int>(planned().forward), 0};
}

std::string VmlPosterior::settings() const {
  return fmt::format(
      "scheme=posterior, steps={}, averaged={}, renoise={}, sigma_max={}, sigma_min={}",
      options_.steps, options_.averaged, options_.renoise, options_.sigma_max, options_.sigma_min);
}

Tensor VmlPosterior::transition(const Run& run, float sigma, float next_sigma, const Tensor& x,
                                const Tensor& d, std::uint64_t index) const {
  const Problem& problem = run.problem();
  const Derivative at(problem.op, d);
  const float f = options_.renoise;
  Tensor next = d;
  if (f > 0) {
    add_scaled(next, f * next_sigma, run.noise().normal(x.shape(), Purpose::transition, index));
  }
  Tensor guess = next;
  add_scaled(guess, -next_sigma / sigma, x - d);
  Tensor missed = residual(problem, at, d, guess);
  if (f > 0) {
    add_scaled(missed, f * problem.noise,
               run.noise().normal(missed.shape(), Purpose::measurement, index));
  }
  return std::move(next) + at->pseudo_inverse(missed, problem.lam(next_sigma));
}

Result VmlPosterior::solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
                           const RunOptions& options) const {
  Run run(prior, Problem{op, y, noise}, options, planned());
  std::vector<float> levels = clip_levels(
      karras_schedule(options_.steps, options_.sigma_max, options_.sigma_min), run.noise_range());
  levels.resize(levels.size() + static_cast<std::size_t>(options_.averaged), levels.back());
  const std::size_t averaged_from = static_cast<std::size_t>(options_.steps);
  Tensor x = levels[0] * run.noise().normal(run.problem().unknown(), Purpose::start, 0);
  Tensor sum;
  for (std::size_t i = 0;; ++i) {
    const Tensor d = run.evaluator().denoise(x, levels[i]);
    if (i == averaged_from) sum = d;
    if (i > averaged_from) add_scaled(sum, 1.0F, d);
    if (i + 1 == levels.size()) {
      if (options_.averaged == 0) return run.finish(levels[i], x, d);
      return run.finish(levels[i], x, d, (1.0F / static_cast<float>(options_.averaged)) * sum);
    }
    x = transition(run, levels[i], levels[i + 1], x, d, i);
  }
}

}  // namespace modeseek
