#include <cmath>
#include <memory>
#include <utility>

#include "solvers/guided.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"

namespace modeseek {
namespace {

constexpr const char* kName = "pigdm";

struct Options {
  LevelOptions levels{.steps = 100};
  float eta = 1.0F;       ///< 1: as much fresh noise as an ancestral step, 0: none
  float guidance = 1.0F;  ///< factor of the guidance, 1 as published
};

/// PiGDM: Song, Vahdat, Mardani, Kautz, "Pseudoinverse-Guided Diffusion Models for Inverse
/// Problems", ICLR 2023, algorithm 1, in variance-exploding form. x0 given x is taken as
/// N(D, r^2 I) with r^2 = s^2 / (1 + s^2), which gives the guidance
///   v = H^T (H H^T + (sy / r)^2 I)^-1 (y - H D),
///   x' = D + c2 eps + c1 z + J^T v,  c1 = eta s' sqrt(1 - s'^2 / s^2),  c2 = sqrt(s'^2 - c1^2).
/// The factor of J^T v is 1 on this scale, as in the code that the authors released with RED-diff
/// (sqrt(abar abar') on theirs); algorithm 1 as printed would have sqrt(1 + s'^2).
class PiGdm final : public PlannedSolver {
 public:
  PiGdm(const Options& options, std::string settings)
      : PlannedSolver(kName, std::move(settings), {options.levels.steps, options.levels.steps}),
        options_(options) {}

 protected:
  Result restore(Run& run) const override {
    return run_guided(run, options_.levels, [&](const GuidedStep& step) {
      const Tensor guidance =
          run.evaluator().pullback(step.at, direction(run.problem(), step.s, step.d()));
      Tensor next = unguided(run, step);
      add_scaled(next, options_.guidance, guidance);
      return next;
    });
  }

 private:
  /// v
  static Tensor direction(const Problem& problem, float s, const Tensor& d) {
    const double ratio = problem.lam(s) * (1 + static_cast<double>(s) * static_cast<double>(s));
    return problem.op.pseudo_inverse(problem.y - problem.op.apply(d), ratio);
  }

  /// D + c2 eps + c1 z
  Tensor unguided(const Run& run, const GuidedStep& step) const {
    const float ratio = step.next_s / step.s;
    const float c1 = options_.eta * step.next_s * std::sqrt(1 - ratio * ratio);
    const float c2 = std::sqrt(step.next_s * step.next_s - c1 * c1);
    Tensor next = step.d();
    add_scaled(next, c2 / step.s, step.x - step.d());
    if (c1 > 0) add_scaled(next, c1, fresh_noise(run, step.index));
    return next;
  }

  Options options_;
};

SolverEntry entry() {
  const Options standard;
  SolverEntry result{kName,
                     "Song, Vahdat, Mardani, Kautz: Pseudoinverse-Guided Diffusion Models for "
                     "Inverse Problems, ICLR 2023",
                     "linear", "100 forward passes, 100 VJPs", level_settings(standard.levels)};
  result.settings.push_back({"eta", "1", "share of fresh noise, 0 to 1"});
  result.settings.push_back({"guidance", "1", "factor of the guidance"});
  return result;
}

std::unique_ptr<Solver> make(SettingsReader& settings, const Operator& op, float /*noise*/) {
  require_linear(kName, op);
  Options options;
  options.levels = read_levels(settings, options.levels);
  options.eta = settings.number("eta", options.eta, 0, 1);
  options.guidance = settings.positive("guidance", options.guidance);
  return std::make_unique<PiGdm>(options, settings.record());
}

}  // namespace

SolverKind pigdm_kind() { return {entry(), make}; }

}  // namespace modeseek
