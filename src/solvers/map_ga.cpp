#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "solvers/peer.hpp"
#include "solvers/schedule.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"

namespace modeseek {
namespace {

constexpr const char* kName = "map-ga";

struct Options {
  LevelOptions levels{.steps = 20, .spacing = Spacing::karras};
  int inner_steps = 50;   ///< gradient ascents at each level
  bool prior = true;      ///< false: variant NP, without the prior's own gradient
  float sigma_e = 0.01F;  ///< noise left in the estimate whose posterior is ascended
  float step_size = 1.0F;

  EvaluationCount planned() const {
    const std::int64_t ascents = std::int64_t{levels.steps} * inner_steps;
    return {(prior ? 3 : 1) * ascents + levels.steps, ascents};
  }
};

/// MAP-GA: Gutha, Vinuesa, Azizpour, "Inverse Problems with Diffusion Models: A MAP Estimation
/// Perspective", WACV 2025 (arXiv 2407.20784), with a denoiser in place of their consistency model.
/// With se a small noise level, K times at each level
///   x += (sy^2 + se^2) J^T [ H^T (sy^2 I + se^2 H H^T)^-1 (y - H D) + (D(D, se) - D) / se^2 ],
/// then x = D + sqrt(s'^2 - se^2) z. The variant NP (`prior=no`) drops the last term. With it the
/// ascent is shortened where y is noisy: where J keeps what D(., se) removes, the bracket's two
/// terms have curvatures up to 1 and 1 + sy^2/se^2 times the inverse of the step, and steps beyond
/// 2 over their sum diverge. With the term an ascent takes 3 forward passes, one more than the
/// formula needs: a denoiser keeps what J^T needs only until its next evaluation, and D(D, se) must
/// be known before J^T is applied.
class MapGa final : public PlannedSolver {
 public:
  MapGa(const Options& options, std::string settings)
      : PlannedSolver(kName, std::move(settings), options.planned()), options_(options) {}

 protected:
  Result restore(Run& run) const override {
    const std::vector<float> levels = noise_levels(options_.levels, run.noise_range());
    const float se = std::clamp(options_.sigma_e, run.noise_range().min, run.noise_range().max);
    Tensor x = start(run, levels[0]);
    for (std::size_t i = 0;; ++i) {
      for (int k = 0; k < options_.inner_steps; ++k) ascend(run, levels[i], se, x);
      Tensor d = run.evaluator().denoise(x, levels[i]);
      if (i + 2 == levels.size()) return run.finish(levels[i], x, std::move(d));
      const float next = levels[i + 1];
      x = std::move(d);
      add_scaled(x, std::sqrt(std::max(next * next - se * se, 0.0F)), fresh_noise(run, i));
    }
  }

 private:
  void ascend(Run& run, float s, float se, Tensor& x) const {
    Tensor prior_term;
    if (options_.prior) {
      const Tensor d = run.evaluator().denoise(x, s);
      prior_term = run.evaluator().denoise(d, se) - d;
    }
    const auto at = run.evaluator().linearize(x, s);
    const Problem& problem = run.problem();
    // se^2 times the bracket.
    Tensor direction =
        problem.op.pseudo_inverse(problem.y - problem.op.apply(at->value()), problem.lam(se));
    if (options_.prior) add_scaled(direction, 1.0F, prior_term);
    const double lam = problem.lam(se);
    const double stable = options_.prior ? std::min(1.0, 2 / (2 + lam)) : 1.0;
    const double scale = static_cast<double>(options_.step_size) * (lam + 1) * stable;
    add_scaled(x, static_cast<float>(scale), run.evaluator().pullback(*at, direction));
  }

  Options options_;
};

SolverEntry entry() {
  const Options standard;
  SolverEntry result{kName,
                     "Gutha, Vinuesa, Azizpour: Inverse Problems with Diffusion Models: A MAP "
                     "Estimation Perspective, WACV 2025 (arXiv 2407.20784)",
                     "linear", "3020 forward passes, 1000 VJPs (prior=no: 1020, 1000)",
                     level_settings(standard.levels)};
  const std::vector<SolverSetting> own{
      {"inner_steps", "50",
       "ascents at each level; published with steps: 50, 20, 10, 5 with 20, "
       "50, 100, 200"},
      {"prior", "yes", "no: the variant NP, without the prior's own gradient"},
      {"sigma_e", "the noise of y, at least 0.01", "noise left in the estimate, on [-1, 1]"},
      {"step_size", "1",
       "length of an ascent; published: 1 + (noise of y / sigma_e)^2 / 2 with prior=yes"}};
  result.settings.insert(result.settings.end(), own.begin(), own.end());
  return result;
}

std::unique_ptr<Solver> make(SettingsReader& settings, const Operator& op, float noise) {
  require_linear(kName, op);
  Options options;
  // Far below the noise of y the ascent is (sy / se)^2 times the network's error at level se.
  options.sigma_e = std::max(options.sigma_e, noise);
  options.levels = read_levels(settings, options.levels);
  options.inner_steps = settings.integer("inner_steps", options.inner_steps, 1, max_steps);
  options.prior = settings.flag("prior", options.prior);
  options.sigma_e = settings.positive("sigma_e", options.sigma_e);
  options.step_size = settings.positive("step_size", options.step_size);
  return std::make_unique<MapGa>(options, settings.record());
}

}  // namespace

SolverKind map_ga_kind() { return {entry(), make}; }

}  // namespace modeseek
