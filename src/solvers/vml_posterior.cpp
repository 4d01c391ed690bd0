#include "solvers/vml_posterior.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "solvers/derivative.hpp"
#include "solvers/planned_solver.hpp"
#include "solvers/schedule.hpp"

namespace modeseek {
namespace {

std::vector<float> levels_between(const VmlMapOptions& o, const LevelEnds& ends) {
  return o.spacing_knee == 0 ? karras_schedule(o.steps, ends.max, ends.min)
                             : log_schedule(o.steps, ends.max, ends.min, o.spacing_knee);
}

void check_options(const VmlMapOptions& options) {
  if (!(options.spacing_knee >= 0) || !std::isfinite(options.spacing_knee)) {
    throw InvalidArgument(fmt::format("spacing_knee: expected 0 or a positive number, found {}",
                                      options.spacing_knee));
  }
  levels_between(options, {options.sigma_max, options.sigma_min});
  if (options.averaged < 0 || options.averaged > max_steps) {
    throw InvalidArgument(
        fmt::format("averaged: expected 0 to {}, found {}", max_steps, options.averaged));
  }
}

std::string settings_of(const VmlMapOptions& o) {
  return fmt::format(
      "scheme=posterior, steps={}, averaged={}, renoise={}, sigma_max={}, sigma_min={}{}", o.steps,
      o.averaged, o.renoise, o.sigma_max, o.sigma_min,
      o.spacing_knee > 0 ? fmt::format(", spacing_knee={}", o.spacing_knee) : std::string());
}

/// VML-MAP by posterior renoising (VmlMapOptions::Scheme::posterior). With d = D(x, s), s' the next
/// level, e = (s'/s) (x - d) the residual that the descent of VML_S keeps, and lam = sy^2/s'^2:
///
///   x <- d + w + H^T (H H^T + lam I)^-1 (y - H (d + w - e) + f sy u),   w = f s' z,
///
/// z and u standard normal. Where H measures, x becomes the measurement plus the residual, as in
/// the full Jacobian-free step (Douglas-Rachford); where it does not, the denoised image plus noise
/// of the level that the denoiser will be told of. The noise w + H^T(..)(f sy u - H w) has
/// covariance f^2 (H^T H/sy^2 + I/s'^2)^-1: x is distributed as x0 given y and a guess d of
/// precision 1/s'^2.
class VmlPosterior final : public PlannedSolver {
 public:
  explicit VmlPosterior(const VmlMapOptions& options)
      : PlannedSolver("vml-map", settings_of(options),
                      {std::int64_t{options.steps} + options.averaged, 0}),
        options_(options) {}

  int tensors_held() const override { return options_.averaged > 0 ? 4 : 3; }

 protected:
  Result restore(Run& run) const override;

 private:
  /// x at level `next_sigma` from x and d = D(x, sigma), in their memory; `index` numbers the
  /// transitions.
  Tensor transition(const Run& run, float sigma, float next_sigma, Tensor x, Tensor d,
                    std::uint64_t index) const;

  VmlMapOptions options_;
};

Tensor VmlPosterior::transition(const Run& run, float sigma, float next_sigma, Tensor x, Tensor d,
                                std::uint64_t index) const {
  const Problem& problem = run.problem();
  const Derivative at(problem.op, d);
  const float f = options_.renoise;
  Tensor w;
  Tensor back = (next_sigma / sigma) * (std::move(x) - d);  // e - w
  if (f > 0) {
    w = f * next_sigma * fresh_noise(run, index);
    add_scaled(back, -1.0F, w);
  }
  Tensor residual = linearised_residual(problem, at, d, std::move(back));
  if (f > 0) {
    add_scaled(d, 1.0F, std::exchange(w, {}));
    add_scaled(residual, -f * problem.noise,
               run.noise().normal(residual.shape(), SampleNoise::Purpose::measurement, index));
  }
  return std::move(d) - at->pseudo_inverse(residual, problem.lam(next_sigma));
}

Result VmlPosterior::restore(Run& run) const {
  std::vector<float> levels = levels_between(
      options_, ends_within(run.noise_range(), options_.sigma_max, options_.sigma_min));
  const std::size_t averaged_from = levels.size();
  levels.resize(levels.size() + static_cast<std::size_t>(options_.averaged), levels.back());
  Tensor x = start(run, levels[0]);
  Tensor sum;
  for (std::size_t i = 0;; ++i) {
    Tensor d = run.evaluator().denoise(x, levels[i]);
    if (i == averaged_from) sum = d;
    if (i > averaged_from) add_scaled(sum, 1.0F, d);
    if (i + 1 == levels.size()) {
      if (options_.averaged == 0) return run.finish(levels[i], x, std::move(d));
      return run.finish(levels[i], x, d,
                        (1.0F / static_cast<float>(options_.averaged)) * std::move(sum));
    }
    x = transition(run, levels[i], levels[i + 1], std::move(x), std::move(d), i);
  }
}

}  // namespace

std::unique_ptr<Solver> make_vml_posterior(const VmlMapOptions& options) {
  check_options(options);
  return std::make_unique<VmlPosterior>(options);
}

}  // namespace modeseek
