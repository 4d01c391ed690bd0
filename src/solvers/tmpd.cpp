#include <algorithm>
#include <memory>
#include <utility>

#include "solvers/ancestral.hpp"
#include "solvers/guided.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"

namespace modeseek {
namespace {

constexpr const char* kName = "tmpd";

struct Options {
  LevelOptions levels{.steps = 1000};
  /// Least variance granted to a measured value, as a share of what it would have if x0 given x
  /// were N(D, r^2 I), r^2 = s^2 / (1 + s^2).
  float floor = 0.01F;
};

/// TMPD: Boys, Girolami, Pidstrigach, Reich, Mosca, Akyildiz, "Tweedie Moment Projected Diffusions
/// for Inverse Problems", TMLR 2024, with the row sums of H Cov H^T in place of its diagonal (their
/// section 4.2), in variance-exploding form. With Cov = s^2 J,
///   c = sy^2 + s^2 H J^T (H^T 1),  Dy = D + s^2 J^T H^T [(y - H D) / c],
/// and an ancestral step towards Dy. Row sums can be near zero or negative where the covariance
/// oscillates: c is kept above sy^2 + floor r^2 |H|^2.
class Tmpd final : public PlannedSolver {
 public:
  Tmpd(const Options& options, std::string settings)
      : PlannedSolver(kName, std::move(settings), {options.levels.steps, 2 * options.levels.steps}),
        options_(options) {}

 protected:
  Result restore(Run& run) const override {
    const Problem& problem = run.problem();
    const double norm = problem.op.norm();
    const Tensor row_sums = problem.op.adjoint(Tensor(problem.y.shape(), 1.0F));
    return run_guided(run, options_.levels, [&](const GuidedStep& step) {
      const Tensor projected = problem.op.apply(run.evaluator().pullback(step.at, row_sums));
      const Tensor c = variances(problem, step.s, norm, projected);
      const Tensor direction =
          problem.op.adjoint(divided(problem.y - problem.op.apply(step.d()), c));
      Tensor posterior = step.d();
      add_scaled(posterior, step.s * step.s, run.evaluator().pullback(step.at, direction));
      return ancestral_step(run, step.s, step.next_s, step.x, posterior, step.index);
    });
  }

 private:
  /// c, from the row sums of H J H^T.
  Tensor variances(const Problem& problem, float s, double norm, Tensor sums) const {
    const auto level = static_cast<double>(s);
    const auto noise = static_cast<double>(problem.noise);
    const double isotropic = level * level / (1 + level * level) * norm * norm;
    const double least = static_cast<double>(options_.floor) * isotropic;
    for (float& value : sums.values()) {
      value = static_cast<float>(noise * noise +
                                 std::max(level * level * static_cast<double>(value), least));
    }
    return sums;
  }

  static Tensor divided(Tensor a, const Tensor& b) {
    for (std::size_t i = 0; i < a.values().size(); ++i) a.values()[i] /= b.values()[i];
    return a;
  }

  Options options_;
};

SolverEntry entry() {
  const Options standard;
  SolverEntry result{kName,
                     "Boys, Girolami, Pidstrigach, Reich, Mosca, Akyildiz: Tweedie Moment "
                     "Projected Diffusions for Inverse Problems, TMLR 2024",
                     "linear", "1000 forward passes, 2000 VJPs", level_settings(standard.levels)};
  result.settings.push_back(
      {"floor", "0.01", "least variance of a measured value, as a share of an isotropic one"});
  return result;
}

std::unique_ptr<Solver> make(SettingsReader& settings, const Operator& op, float /*noise*/) {
  require_linear(kName, op);
  Options options;
  options.levels = read_levels(settings, options.levels);
  options.floor = settings.positive("floor", options.floor);
  return std::make_unique<Tmpd>(options, settings.record());
}

}  // namespace

SolverKind tmpd_kind() { return {entry(), make}; }

}  // namespace modeseek
