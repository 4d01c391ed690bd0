#include <cmath>
#include <memory>
#include <utility>

#include "operators/non_linear.hpp"
#include "solvers/ancestral.hpp"
#include "solvers/guided.hpp"
#include "solvers/sample_algebra.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"

namespace modeseek {
namespace {

constexpr const char* kName = "dps";

struct Options {
  LevelOptions levels{.steps = 1000};
  float zeta = 0.3F;  ///< step size of the guidance
};

/// DPS: Chung, Kim, McCann, Klasky, Ye, "Diffusion Posterior Sampling for General Noisy Inverse
/// Problems", ICLR 2023, algorithm 1, in variance-exploding form: an ancestral step, then
///   x' <- x' - zeta sqrt((1 + s^2)(1 + s'^2)) grad_x |y - H D(x)|
/// (the norm, not its square; the root carries the step over from their scale of x). The noise
/// level of y is not used.
class Dps final : public PlannedSolver {
 public:
  Dps(const Options& options, std::string settings)
      : PlannedSolver(kName, std::move(settings), {options.levels.steps, options.levels.steps}),
        options_(options) {}

 protected:
  Result restore(Run& run) const override {
    return run_guided(run, options_.levels, [&](const GuidedStep& step) {
      const Problem& problem = run.problem();
      const Tensor residual = problem.y - problem.op.apply(step.d());
      const Tensor ascent =
          run.evaluator().pullback(step.at, derivative_at(problem.op, step.d())->adjoint(residual));
      Tensor next = ancestral_step(run, step.s, step.next_s, step.x, step.d(), step.index);
      add_scaled_samples(next, step_sizes(residual, step.s, step.next_s), ascent);
      return next;
    });
  }

 private:
  /// One a sample: -grad |r| = J^T H^T r / |r|.
  std::vector<double> step_sizes(const Tensor& residual, float s, float next_s) const {
    const auto from = static_cast<double>(s);
    const auto to = static_cast<double>(next_s);
    const double scale =
        static_cast<double>(options_.zeta) * std::sqrt((1 + from * from) * (1 + to * to));
    std::vector<double> factors = sample_dots(residual, residual);
    for (double& factor : factors) factor = factor > 0 ? scale / std::sqrt(factor) : 0;
    return factors;
  }

  Options options_;
};

SolverEntry entry() {
  const Options standard;
  SolverEntry result{kName,
                     "Chung, Kim, McCann, Klasky, Ye: Diffusion Posterior Sampling for General "
                     "Noisy Inverse Problems, ICLR 2023",
                     "any", "1000 forward passes, 1000 VJPs", level_settings(standard.levels)};
  result.settings.push_back(
      {"zeta", "0.5 missing pixels, 1 phase retrieval, 0.3 else", "step size of the guidance"});
  return result;
}

float standard_zeta(const Operator& op) {
  if (task_kind(op) == TaskKind::missing) return 0.5F;
  return !is_linear(op) && !op.range_is_image() ? 1.0F : 0.3F;
}

std::unique_ptr<Solver> make(SettingsReader& settings, const Operator& op, float /*noise*/) {
  Options options;
  options.levels = read_levels(settings, options.levels);
  options.zeta = settings.positive("zeta", standard_zeta(op));
  return std::make_unique<Dps>(options, settings.record());
}

}  // namespace

SolverKind dps_kind() { return {entry(), make}; }

}  // namespace modeseek
