#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "modeseek/error.hpp"
#include "solvers/planned_solver.hpp"
#include "solvers/schedule.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"

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

std::string settings_of(const DiffPirOptions& o) {
  return fmt::format("steps={}, lambda={}, zeta={}, sigma_max={}, sigma_min={}", o.steps, o.lambda,
                     o.zeta, o.sigma_max, o.sigma_min);
}

/// DiffPIR (Zhu et al., CVPRW 2023). From x ~ N(0, s_0^2 I), at each noise level s of the Karras
/// schedule (rho = 7), with rho = lambda sy^2 / s^2 and s' the next level:
/// xh = argmin |y - H x|^2 + rho |x - D|^2, x <- xh + s' (sqrt(1 - zeta)(x - xh) / s + sqrt(zeta)
/// z). The last level returns D, without a data term.
class DiffPir final : public PlannedSolver {
 public:
  explicit DiffPir(const DiffPirOptions& options)
      : PlannedSolver("diffpir", settings_of(options), {options.steps, 0}), options_(options) {}

 protected:
  Result restore(Run& run) const override {
    const LevelEnds ends = ends_within(run.noise_range(), options_.sigma_max, options_.sigma_min);
    const std::vector<float> levels = karras_schedule(options_.steps, ends.max, ends.min);
    const float kept = std::sqrt(1 - options_.zeta);
    const float fresh = std::sqrt(options_.zeta);
    Tensor x = start(run, levels[0]);
    for (std::size_t i = 0;; ++i) {
      Tensor d = run.evaluator().denoise(x, levels[i]);
      if (i + 1 == levels.size()) return run.finish(levels[i], x, std::move(d));
      const double rho = static_cast<double>(options_.lambda) * run.problem().lam(levels[i]);
      Tensor next = data_step(run.problem(), rho, d);
      const Tensor residual = x - next;
      add_scaled(next, levels[i + 1] * kept / levels[i], residual);
      add_scaled(next, levels[i + 1] * fresh, fresh_noise(run, i));
      x = std::move(next);
    }
  }

 private:
  DiffPirOptions options_;
};

SolverEntry entry() {
  return {"diffpir",
          "Zhu et al.: Denoising Diffusion Models for Plug-and-Play Image Restoration, CVPRW 2023",
          "linear",
          "100 forward passes",
          {{"steps", "100", "noise levels"},
           {"lambda", "1 missing pixels, 8 super-resolution, 7 else", "weight of the prior"},
           {"zeta", "1, 0.25 and 0.3 likewise", "share of fresh noise, 0 to 1"},
           {"sigma_max", "80", "first noise level, on [-1, 1]"},
           {"sigma_min", "0.01", "last noise level"}}};
}

std::unique_ptr<Solver> make(SettingsReader& settings, const Operator& op, float /*noise*/) {
  require_linear("diffpir", op);
  DiffPirOptions options = diffpir_settings(op);
  options.steps = settings.integer("steps", options.steps, 1, max_steps);
  options.lambda = settings.positive("lambda", options.lambda);
  options.zeta = settings.number("zeta", options.zeta, 0, 1);
  options.sigma_max = settings.positive("sigma_max", options.sigma_max);
  options.sigma_min = settings.positive("sigma_min", options.sigma_min);
  return make_diffpir(options);
}

}  // namespace

DiffPirOptions diffpir_settings(const Operator& op) {
  DiffPirOptions options;
  const TaskKind kind = task_kind(op);
  options.lambda = kind == TaskKind::missing ? 1.0F : kind == TaskKind::reduction ? 8.0F : 7.0F;
  options.zeta = kind == TaskKind::missing ? 1.0F : kind == TaskKind::reduction ? 0.25F : 0.3F;
  return options;
}

SolverKind diffpir_kind() { return {entry(), make}; }

std::unique_ptr<Solver> make_diffpir(const DiffPirOptions& options) {
  check_options(options);
  return std::make_unique<DiffPir>(options);
}

}  // namespace modeseek
