#include <fmt/format.h>

#include <cmath>

#include "modeseek/error.hpp"
#include "solvers/planned_solver.hpp"
#include "solvers/schedule.hpp"
#include "solvers/vml_gradient.hpp"
#include "solvers/vml_posterior.hpp"

namespace modeseek {
namespace {

using Direction = VmlMapOptions::Direction;
using Preconditioner = VmlMapOptions::Preconditioner;

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
  check_range("steps", options.steps, 1, max_steps);
  check_range("inner_steps", options.inner_steps, 1, max_steps);
  check_range("covariance_probes", options.covariance_probes, 0, max_steps);
  if (!(options.step_size > 0) || !std::isfinite(options.step_size)) {
    throw InvalidArgument(
        fmt::format("step_size: expected a positive number, found {}", options.step_size));
  }
  check_non_negative("prior_deviation", options.prior_deviation);
  check_non_negative("renoise_knee", options.renoise_knee);
  if (options.covariance_probes > 0 && options.direction != Direction::vjp) {
    throw InvalidArgument("covariance_probes: the full loss needs the direction vjp");
  }
  karras_schedule(1, options.sigma_max, options.sigma_min);
}

EvaluationCount planned(const VmlMapOptions& o) {
  const std::int64_t descents = std::int64_t{o.steps} * o.inner_steps;
  const std::int64_t covariance = 2 * descents * o.covariance_probes;
  const bool vjp = o.direction == Direction::vjp;
  return {descents + o.steps + covariance, (vjp ? descents : 0) + covariance};
}

std::string settings_of(const VmlMapOptions& o) {
  return fmt::format(
      "scheme=descent, steps={}, inner_steps={}, step_size={}, direction={}, preconditioner={}, "
      "prior_deviation={}, renoise={}, renoise_knee={}, "
      "covariance_probes={}, sigma_max={}, sigma_min={}",
      o.steps, o.inner_steps, o.step_size, o.direction == Direction::vjp ? "vjp" : "jacobian-free",
      o.preconditioner == Preconditioner::normal ? "normal" : "none", o.prior_deviation, o.renoise,
      o.renoise_knee, o.covariance_probes, o.sigma_max, o.sigma_min);
}

/// VML-MAP by descent (VmlMapOptions::Scheme::descent; Gutha, Vinuesa, Azizpour, arXiv 2512.10524).
/// The Jacobian-free direction with the preconditioner and a step size of 1 is Douglas-Rachford
/// splitting with the denoiser as one of the two proximal maps, annealed over the noise level.
class VmlDescent final : public PlannedSolver {
 public:
  explicit VmlDescent(const VmlMapOptions& options)
      : PlannedSolver("vml-map", settings_of(options), planned(options)), options_(options) {}

 protected:
  Result restore(Run& run) const override;

 private:
  /// gamma * d at x; `index` numbers the descent steps of the run.
  Tensor step(Run& run, const VmlGradient& gradient, float sigma, const Tensor& x,
              std::uint64_t index) const;
  /// Share of fresh noise in the transition from level `sigma` on.
  float fresh_share(float sigma) const;
  /// x at the next noise level, from x and d = D(x, sigma).
  Tensor transition(const Run& run, float sigma, float next_sigma, const Tensor& x, const Tensor& d,
                    std::uint64_t index) const;

  VmlMapOptions options_;
};

Tensor VmlDescent::step(Run& run, const VmlGradient& gradient, float sigma, const Tensor& x,
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

float VmlDescent::fresh_share(float sigma) const {
  if (options_.renoise_knee == 0) return options_.renoise;
  return options_.renoise * sigma / (sigma + options_.renoise_knee);
}

Tensor VmlDescent::transition(const Run& run, float sigma, float next_sigma, const Tensor& x,
                              const Tensor& d, std::uint64_t index) const {
  Tensor next = d;
  const float fresh = fresh_share(sigma);
  const double kept = std::sqrt(1 - std::pow(static_cast<double>(fresh), 2));
  if (kept > 0) {
    const double ratio = static_cast<double>(next_sigma) / static_cast<double>(sigma);
    add_scaled(next, static_cast<float>(kept * ratio), x - d);
  }
  if (fresh > 0) add_scaled(next, fresh * next_sigma, fresh_noise(run, index));
  return next;
}

Result VmlDescent::restore(Run& run) const {
  const VmlGradient gradient(run.problem(), options_.preconditioner, options_.prior_deviation);
  const LevelEnds ends = ends_within(run.noise_range(), options_.sigma_max, options_.sigma_min);
  const std::vector<float> levels = karras_schedule(options_.steps, ends.max, ends.min);
  Tensor x = start(run, levels[0]);
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

}  // namespace

std::unique_ptr<Solver> make_vml_map(const VmlMapOptions& options) {
  if (!(options.renoise >= 0 && options.renoise <= 1)) {
    throw InvalidArgument(fmt::format("renoise: expected 0 to 1, found {}", options.renoise));
  }
  if (options.scheme == VmlMapOptions::Scheme::posterior) return make_vml_posterior(options);
  check_options(options);
  return std::make_unique<VmlDescent>(options);
}

}  // namespace modeseek
