#include "solvers/diffpir.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "modeseek/error.hpp"
#include "solvers/run.hpp"
#include "solvers/schedule.hpp"

namespace modeseek {
namespace {

void check_options(const DiffPirOptions& options) {
  if (!(options.lambda > 0) || !std::isfinite(options.lambda)) {
    throw InvalidArgument(
        fmt::format("lambda: expected a positive number, found {}", options.lambda));
  }
  if (!(options.zeta >= 0 && options.zeta <= 1)) {
    throw InvalidArgument(fmt::format("zeta: expected 0 to 1, found {}", options.zeta));
  }
  karras_schedule(options.steps, options.sigma_max, options.sigma_min);
}

/// argmin |y - H x|^2 + rho |x - d|^2 = d + H^T (H H^T + rho I)^-1 (y - H d).
Tensor data_step(const Problem& problem, double rho, const Tensor& d) {
  return d + problem.op.pseudo_inverse(problem.y - problem.op.apply(d), rho);
}

}  // namespace

DiffPir::DiffPir(const DiffPirOptions& options) : options_(options) { check_options(options_); }

std::string DiffPir::settings() const {
  return fmt::format("steps={}, lambda={}, zeta={}, sigma_max={}, sigma_min={}", options_.steps,
                     options_.lambda, options_.zeta, options_.sigma_max, options_.sigma_min);
}

Result DiffPir::solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
                      const RunOptions& options) const {
  Run run(prior, Problem{op, y, noise}, options, EvaluationCount{options_.steps, 0});
  const std::vector<float> levels = clip_levels(
      karras_schedule(options_.steps, options_.sigma_max, options_.sigma_min), run.noise_range());
  const float kept = std::sqrt(1 - options_.zeta);
  const float fresh = std::sqrt(options_.zeta);
  Tensor x =
      levels[0] * run.noise().normal(run.problem().unknown(), SampleNoise::Purpose::start, 0);
  for (std::size_t i = 0;; ++i) {
    Tensor d = run.evaluator().denoise(x, levels[i]);
    if (i + 1 == levels.size()) return run.finish(levels[i], x, std::move(d));
    const double rho = static_cast<double>(options_.lambda) * run.problem().lam(levels[i]);
    Tensor next = data_step(run.problem(), rho, d);
    const Tensor residual = x - next;
    add_scaled(next, levels[i + 1] * kept / levels[i], residual);
    add_scaled(next, levels[i + 1] * fresh,
               run.noise().normal(x.shape(), SampleNoise::Purpose::transition, i));
    x = std::move(next);
  }
}

std::unique_ptr<Solver> make_diffpir(const DiffPirOptions& options) {
  return std::make_unique<DiffPir>(options);
}

}  // namespace modeseek
