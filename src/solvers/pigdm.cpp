#include <cmath>
#include <memory>
#include <utility>

#include "solvers/peer.hpp"
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
    const std::vector<float> levels = noise_levels(options_.levels, run.noise_range());
    Tensor x = start(run, levels[0]);
    for (std::size_t i = 0;; ++i) {
      const float s = levels[i];
      const auto at = run.evaluator().linearize(x, s);
      const Tensor d = at->value();
      const Tensor guidance = run.evaluator().pullback(*at, direction(run.problem(), s, d));
      Tensor next = unguided(run, s, levels[i + 1], x, d, i);
      add_scaled(next, options_.guidance, guidance);
      if (i + 2 == levels.size()) return run.finish(s, x, d, std::move(next));
      x = std::move(next);
    }
  }

 private:
  /// v
  static Tensor direction(const Problem& problem, float s, const Tensor& d) {
    const double ratio = problem.lam(s) * (1 + static_cast<double>(s) * static_cast<double>(s));
    return problem.op.pseudo_inverse(problem.y - problem.op.apply(d), ratio);
  }

  /// D + c2 eps + c1 z
  Tensor unguided(const Run& run, float s, float next_s, const Tensor& x, const Tensor& d,
                  std::uint64_t index) const {
    const float ratio = next_s / s;
    const float c1 = options_.eta * next_s * std::sqrt(1 - ratio * ratio);
    const float c2 = std::sqrt(next_s * next_s - c1 * c1);
    Tensor next = d;
    add_scaled(next, c2 / s, x - d);
    if (c1 > 0) add_scaled(next, c1, fresh_noise(run, index));
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
