#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "operators/non_linear.hpp"
#include "solvers/peer.hpp"
#include "solvers/schedule.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"

namespace modeseek {
namespace {

constexpr const char* kName = "daps";

struct Options {
  LevelOptions levels{
      .steps = 200, .spacing = Spacing::karras, .sigma_max = 100.0F, .sigma_min = 0.1F};
  int ode_steps = 5;         ///< Euler steps of the probability flow, each level
  float ode_sigma = 0.01F;   ///< where the flow ends
  int langevin_steps = 100;  ///< each level
  float tau = 0.01F;         ///< noise assumed in y
  float step_size = 1e-4F;   ///< of Langevin dynamics at the first level
  float step_ratio = 0.01F;  ///< falls to about this share at the last level
};

/// DAPS: Zhang, Chu, Berner, Meng, Anandkumar, Song, "Improving Diffusion Inverse Problem Solving
/// with Decoupled Noise Annealing", CVPR 2025, algorithm 1 with the settings of the authors' code.
/// At each level s: xh from Euler steps of the probability flow down to 0.01; Langevin steps
///   x += e (-2 H^T (H x - y) / tau^2 + (xh - x) / s^2) + sqrt(2 e) z
/// from xh, with e falling linearly over the levels; then x + s' z. Where |H| > 1, of the
/// derivative for measurements that are not linear, the step is divided by |H|^2: with the
/// published step size Langevin dynamics is at the edge of stability for |H| = 1.
class Daps final : public PlannedSolver {
 public:
  Daps(const Options& options, std::string settings)
      : PlannedSolver(kName, std::move(settings),
                      {std::int64_t{options.levels.steps} * options.ode_steps, 0}),
        options_(options) {}

 protected:
  Result restore(Run& run) const override {
    const std::vector<float> levels = annealing(run.noise_range());
    const double damping = stable_share(run.problem().op);
    Tensor x = start(run, levels[0]);
    for (std::size_t i = 0;; ++i) {
      const Tensor clean = flow(run, levels[i], x);
      const double share = 1 - (1 - static_cast<double>(options_.step_ratio)) *
                                   static_cast<double>(i) / (options_.levels.steps + 1);
      Tensor sample = langevin(run, levels[i], clean,
                               share * damping * static_cast<double>(options_.step_size), i);
      if (i + 2 == levels.size()) return run.finish(levels[i], x, clean, std::move(sample));
      add_scaled(sample, levels[i + 1], fresh_noise(run, i));
      x = std::move(sample);
    }
  }

 private:
  /// One level more is spaced than used: the authors' last level is 0 in place of sigma_min.
  std::vector<float> annealing(const NoiseRange& range) const {
    LevelOptions extended = options_.levels;
    ++extended.steps;
    std::vector<float> levels = noise_levels(extended, range);
    levels.pop_back();
    levels.back() = 0.0F;
    return levels;
  }

  /// The share of the step size that keeps Langevin dynamics stable.
  static double stable_share(const Operator& op) {
    const double norm = op.norm();
    return 1 / std::max(1.0, norm * norm);
  }

  /// xh: Euler's method on dx/ds = (x - D) / s from s down to ode_sigma.
  Tensor flow(Run& run, float s, Tensor x) const {
    const float end = std::clamp(options_.ode_sigma, run.noise_range().min, s);
    const std::vector<float> times = karras_schedule(options_.ode_steps + 1, s, end);
    for (std::size_t k = 0; k + 1 < times.size(); ++k) {
      const Tensor d = run.evaluator().denoise(x, times[k]);
      add_scaled(x, (times[k + 1] - times[k]) / times[k], x - d);
    }
    return x;
  }

  Tensor langevin(const Run& run, float s, const Tensor& clean, double step,
                  std::uint64_t level) const {
    const Problem& problem = run.problem();
    const auto tau = static_cast<double>(options_.tau);
    const auto data_step = static_cast<float>(2 * step / (tau * tau));
    const auto prior_step = static_cast<float>(step / (static_cast<double>(s) * s));
    const auto noise_step = static_cast<float>(std::sqrt(2 * step));
    Tensor x = clean;
    for (int k = 0; k < options_.langevin_steps; ++k) {
      const Tensor ascent = derivative_at(problem.op, x)->adjoint(problem.y - problem.op.apply(x));
      const Tensor z =
          run.noise().normal(x.shape(), SampleNoise::Purpose::langevin,
                             level * static_cast<std::uint64_t>(options_.langevin_steps) +
                                 static_cast<std::uint64_t>(k));
      for (std::size_t j = 0; j < x.values().size(); ++j) {
        x.values()[j] += data_step * ascent.values()[j] +
                         prior_step * (clean.values()[j] - x.values()[j]) +
                         noise_step * z.values()[j];
      }
    }
    return x;
  }

  Options options_;
};

SolverEntry entry() {
  const Options standard;
  SolverEntry result{kName,
                     "Zhang, Chu, Berner, Meng, Anandkumar, Song: Improving Diffusion Inverse "
                     "Problem Solving with Decoupled Noise Annealing, CVPR 2025",
                     "any", "1000 forward passes", level_settings(standard.levels)};
  const std::vector<SolverSetting> own{
      {"ode_steps", "5", "Euler steps of the probability flow at each level"},
      {"ode_sigma", "0.01", "noise level where the flow ends"},
      {"langevin_steps", "100", "Langevin steps at each level"},
      {"tau", "0.01, phase retrieval 0.02", "noise assumed in the measurement, on [-1, 1]"},
      {"step_size", "1e-4, phase retrieval 5e-5", "Langevin step size at the first level"},
      {"step_ratio", "0.01", "share of it that is left at the last level"}};
  result.settings.insert(result.settings.end(), own.begin(), own.end());
  return result;
}

std::unique_ptr<Solver> make(SettingsReader& settings, const Operator& op, float /*noise*/) {
  Options options;
  if (!op.range_is_image() && !is_linear(op)) {
    options.step_size = 5e-5F;
    options.tau = 0.02F;  // amplitudes here are twice the authors', of a picture on [0, 1]
  }
  options.levels = read_levels(settings, options.levels);
  options.ode_steps = settings.integer("ode_steps", options.ode_steps, 1, 1000);
  options.ode_sigma = settings.positive("ode_sigma", options.ode_sigma);
  options.langevin_steps = settings.integer("langevin_steps", options.langevin_steps, 1, max_steps);
  options.tau = settings.positive("tau", options.tau);
  options.step_size = settings.positive("step_size", options.step_size);
  options.step_ratio = settings.number("step_ratio", options.step_ratio, 0, 1);
  return std::make_unique<Daps>(options, settings.record());
}

}  // namespace

SolverKind daps_kind() { return {entry(), make}; }

}  // namespace modeseek
