#include "solvers/vml_map.hpp"

#include <fmt/format.h>

#include <cmath>

#include "modeseek/error.hpp"
#include "solvers/run.hpp"
#include "solvers/schedule.hpp"
#include "solvers/vml_gradient.hpp"
#include "solvers/vml_posterior.hpp"

namespace modeseek {
namespace {

using Direction = VmlMapOptions::Direction;
using Preconditioner = VmlMapOptions::Preconditioner;

constexpr int kMaxSteps = 100000;

void check_range(const char* name, int value, int low, int high) {
  if (value < low || value > high) {
    throw InvalidArgument(fmt::format("{}: expected {} to {}, found {}", name, low, high, value));
  }
}

void check_non_negative(const char* name, float value) {
  if (!(value >= 0) || !std::isfinite(value)) {
    throw InvalidArgument(
        fmt::format("{}: expected 0 or a positive number, found {}", name, value));
  }
}

void check_options(const VmlMapOptions& options) {
  check_range("steps", options.steps, 1, kMaxSteps);
  check_range("inner_steps", options.inner_steps, 1, kMaxSteps);
  check_range("covariance_probes", options.covariance_probes, 0, kMaxSteps);
  if (!(options.step_size > 0) || !std::isfinite(options.step_size)) {
    throw InvalidArgument(
        fmt::format("step_size: expected a positive number, found {}", options.step_size));
  }
  check_non_negative("prior_deviation", options.prior_deviation);
  if (!(options.renoise >= 0 && options.renoise <= 1)) {
    throw InvalidArgument(fmt::format("renoise: expected 0 to 1, found {}", options.renoise));
  }
  check_non_negative("renoise_knee", options.renoise_knee);
  if (options.covariance_probes > 0 && options.direction != Direction::vjp) {
    throw InvalidArgument("covariance_probes: the full loss needs the direction vjp");
  }
  karras_schedule(1, options.sigma_max, options.sigma_min);
}

}  // namespace

VmlMap::VmlMap(const VmlMapOptions& options) : options_(options) {
  check_options(options_);
  check_count(planned());
}

EvaluationCount VmlMap::planned() const {
  const std::int64_t descents = std::int64_t{options_.steps} * options_.inner_steps;
  const std::int64_t covariance = 2 * descents * options_.covariance_probes;
  const bool vjp = options_.direction == Direction::vjp;
  return {descents + options_.steps + covariance, (vjp ? descents : 0) + covariance};
}

std::pair<int, int> VmlMap::expected_evaluations() const {
  const EvaluationCount count = planned();
  return {static_cast<int>(count.forward), static_cast<int>(count.vjp)};
}

std::string VmlMap::settings() const {
  return fmt::format(
      "scheme=descent, steps={}, inner_steps={}, step_size={}, direction={}, preconditioner={}, "
      "prior_deviation={}, renoise={}, renoise_knee={}, "
      "covariance_probes={}, sigma_max={}, sigma_min={}",
      options_.steps, options_.inner_steps, options_.step_size,
      options_.direction == Direction::vjp ? "vjp" : "jacobian-free",
      options_.preconditioner == Preconditioner::normal ? "normal" : "none",
      options_.prior_deviation, options_.renoise, options_.renoise_knee, options_.covariance_probes,
      options_.sigma_max, options_.sigma_min);
}

Tensor VmlMap::step(Run& run, const VmlGradient& gradient, float sigma, const Tensor& x,
                    std::uint64_t index) const {
  if (options_.direction == Direction::jacobian_free) {
    const Tensor d = run.evaluator().denoise(x, sigma);
    return options_.step_size * gradient.direction(sigma, x, d);
  }
  Tensor direction;
  Tensor denoised;
  {
    const auto at = run.evaluator().linearize(x, sigma);
    direction = run.evaluator().pullback(*at, gradient.direction(sigma, x, at->value()));
    if (options_.covariance_probes > 0) denoised = at->value();
  }
  if (options_.covariance_probes > 0) {
    add_scaled(direction, 1.0F,
               covariance_gradient(run.evaluator(), gradient, run.noise(), sigma, x, denoised,
                                   options_.covariance_probes, index));
  }
  return options_.step_size * std::move(direction);
}

float VmlMap::fresh_share(float sigma) const {
  if (options_.renoise_knee == 0) return options_.renoise;
  return options_.renoise * sigma / (sigma + options_.renoise_knee);
}

Tensor VmlMap::transition(const Run& run, float sigma, float next_sigma, const Tensor& x,
                          const Tensor& d, std::uint64_t index) const {
  Tensor next = d;
  const float fresh = fresh_share(sigma);
  const double kept = std::sqrt(1 - std::pow(static_cast<double>(fresh), 2));
  if (kept > 0) {
    const double ratio = static_cast<double>(next_sigma) / static_cast<double>(sigma);
    add_scaled(next, static_cast<float>(kept * ratio), x - d);
  }
  if (fresh > 0) {
    add_scaled(next, fresh * next_sigma,
               run.noise().normal(x.shape(), SampleNoise::Purpose::transition, index));
  }
  return next;
}

Result VmlMap::solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
                     const RunOptions& options) const {
  Run run(prior, Problem{op, y, noise}, options, planned());
  const VmlGradient gradient(run.problem(), options_.preconditioner, options_.prior_deviation);
  const std::vector<float> levels = clip_levels(
      karras_schedule(options_.steps, options_.sigma_max, options_.sigma_min), run.noise_range());
  Tensor x =
      levels[0] * run.noise().normal(run.problem().unknown(), SampleNoise::Purpose::start, 0);
  std::uint64_t descents = 0;
  for (std::size_t i = 0;; ++i) {
    for (int k = 0; k < options_.inner_steps; ++k) {
      x = x - step(run, gradient, levels[i], x, descents++);
    }
    Tensor d = run.evaluator().denoise(x, levels[i]);
    if (i + 1 == levels.size()) return run.finish(levels[i], x, std::move(d));
    x = transition(run, levels[i], levels[i + 1], x, d, i);
  }
}

std::unique_ptr<Solver> make_vml_map(const VmlMapOptions& options) {
  if (options.scheme == VmlMapOptions::Scheme::posterior) {
    return std::make_unique<VmlPosterior>(options);
  }
  return std::make_unique<VmlMap>(options);
}

}  // namespace modeseek
