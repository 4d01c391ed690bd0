#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "operators/non_linear.hpp"
#include "solvers/adam.hpp"
#include "solvers/peer.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"

namespace modeseek {
namespace {

constexpr const char* kName = "red-diff";
/// The start H^+ y is regularised by this share of |H|: the soft counterpart of the authors'
/// threshold for singular values.
constexpr double kSmallestGain = 0.03;

struct Options {
  LevelOptions levels{.steps = 100};
  float step_size = 0.1F;    ///< of Adam
  float data_weight = 1.0F;  ///< of the data term
  float weight = 0.25F;      ///< of the regulariser
};

/// RED-diff: Mardani, Song, Kautz, Vahdat, "A Variational Perspective on Solving Inverse Problems
/// with Diffusion Models", ICLR 2024, algorithm 1. Descends the noise levels with one Adam step
/// (0.9, 0.99) each on
///   data_weight mean (y - H mu)^2 / 2 + weight s mean( (eps(mu + s z) - z) mu ),
/// the factor before mu held fixed, from mu = H^+ y. For a non-linear measurement mu starts at y
/// where y is an image of the unknown's shape, else at zero.
class RedDiff final : public PlannedSolver {
 public:
  RedDiff(const Options& options, std::string settings)
      : PlannedSolver(kName, std::move(settings), {options.levels.steps, 0}), options_(options) {}

 protected:
  Result restore(Run& run) const override {
    const std::vector<float> levels = noise_levels(options_.levels, run.noise_range());
    Tensor mu = first(run.problem());
    Adam adam(mu.shape(), {options_.step_size, 0.9F, 0.99F});
    for (std::size_t i = 0;; ++i) {
      const float s = levels[i];
      const Tensor z = i == 0 ? start(run, 1.0F) : fresh_noise(run, i);
      Tensor x = mu;
      add_scaled(x, s, z);
      const Tensor d = run.evaluator().denoise(x, s);
      Tensor descent = gradient(run.problem(), s, mu, (1 / s) * (x - d) - z);
      adam.step(mu, descent);
      if (i + 2 == levels.size()) return run.finish(s, x, d, std::move(mu));
    }
  }

 private:
  static Tensor first(const Problem& problem) {
    if (is_linear(problem.op)) {
      const double gain =
          std::max(static_cast<double>(problem.noise), kSmallestGain * problem.op.norm());
      return problem.op.pseudo_inverse(problem.y, gain * gain);
    }
    return problem.y.shape() == problem.unknown() ? problem.y : Tensor(problem.unknown());
  }

  Tensor gradient(const Problem& problem, float s, const Tensor& mu, const Tensor& error) const {
    const auto measurements = static_cast<float>(problem.op.range().sample());
    const auto unknowns = static_cast<float>(problem.op.domain().sample());
    Tensor result = derivative_at(problem.op, mu)->adjoint(problem.op.apply(mu) - problem.y);
    result = (options_.data_weight / measurements) * std::move(result);
    add_scaled(result, options_.weight * s / unknowns, error);
    return result;
  }

  Options options_;
};

SolverEntry entry() {
  const Options standard;
  SolverEntry result{kName,
                     "Mardani, Song, Kautz, Vahdat: A Variational Perspective on Solving Inverse "
                     "Problems with Diffusion Models, ICLR 2024",
                     "any", "100 forward passes", level_settings(standard.levels)};
  result.settings.push_back({"step_size", "0.1", "step size of Adam"});
  result.settings.push_back({"data_weight", "1", "weight of the data term"});
  result.settings.push_back({"weight", "0.25", "weight of the regulariser"});
  return result;
}

std::unique_ptr<Solver> make(SettingsReader& settings, const Operator& /*op*/, float /*noise*/) {
  Options options;
  options.levels = read_levels(settings, options.levels);
  options.step_size = settings.positive("step_size", options.step_size);
  options.data_weight = settings.positive("data_weight", options.data_weight);
  options.weight = settings.positive("weight", options.weight);
  return std::make_unique<RedDiff>(options, settings.record());
}

}  // namespace

SolverKind red_diff_kind() { return {entry(), make}; }

}  // namespace modeseek
