#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "solvers/modal_measurement.hpp"
#include "solvers/peer.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"

namespace modeseek {
namespace {

constexpr const char* kName = "ddrm";

struct Options {
  LevelOptions levels{.steps = 20};
  float eta = 0.85F;        ///< share of fresh noise where nothing, or only noise, is measured
  float eta_b = 1.0F;       ///< weight of the measurement where it is cleaner than the level
  float threshold = 0.03F;  ///< of singular values, against the largest
};

/// DDRM: Kawar, Elad, Ermon, Song, "Denoising Diffusion Restoration Models", NeurIPS 2022, eq. 7
/// and 8, in variance-exploding form. In the modes of H each number is a denoising problem: with h
/// its singular value, ybar the mode as measured, D the denoised mode and s' the next level,
///   h = 0:       D + sqrt(1 - eta^2) s' eps + eta s' z
///   h s' < sy:   D + sqrt(1 - eta^2) s' (h / sy)(ybar - D) + eta s' z
///   else:        (1 - eta_b) D + eta_b ybar + sqrt(s'^2 - (eta_b sy / h)^2) z
/// and the run starts from ybar + sqrt(s_0^2 - (sy / h)^2) z where h s_0 > sy, else from s_0 z.
class Ddrm final : public PlannedSolver {
 public:
  Ddrm(const Options& options, std::string settings)
      : PlannedSolver(kName, std::move(settings), {options.levels.steps, 0}), options_(options) {}

 protected:
  Result restore(Run& run) const override {
    const Problem& problem = run.problem();
    const ModalMeasurement modal(kName, problem.op, problem.y, options_.threshold);
    const std::vector<float> levels = noise_levels(options_.levels, run.noise_range());
    Tensor x =
        modal.from_modes(first(modal, problem.noise, levels[0], modal.to_modes(start(run, 1.0F))));
    for (std::size_t i = 0;; ++i) {
      Tensor d = run.evaluator().denoise(x, levels[i]);
      // With s' = 0 every rule gives D.
      if (i + 2 == levels.size()) return run.finish(levels[i], x, std::move(d));
      const Tensor z = modal.to_modes(fresh_noise(run, i));
      x = modal.from_modes(next(modal, problem.noise, levels[i + 1],
                                modal.to_modes((1 / levels[i]) * (x - d)), modal.to_modes(d), z));
    }
  }

 private:
  /// Of a difference that rounding may leave below 0.
  static float root(float difference) { return std::sqrt(std::max(difference, 0.0F)); }

  /// The first point, in modes, from standard normal modes z.
  static Tensor first(const ModalMeasurement& modal, float noise, float level, Tensor z) {
    for (std::int64_t n = 0; n < z.shape().n; ++n) {
      const auto out = z.sample(n);
      const auto measured = modal.measured().sample(n);
      for (std::size_t k = 0; k < modal.modes(); ++k) {
        const float h = modal.value(k);
        out[k] = h * level > noise
                     ? measured[k] + root(level * level - noise * noise / (h * h)) * out[k]
                     : level * out[k];
      }
    }
    return z;
  }

  /// The next point, in modes, from eps, D and z in modes.
  Tensor next(const ModalMeasurement& modal, float noise, float level, const Tensor& eps, Tensor d,
              const Tensor& z) const {
    const float kept = std::sqrt(1 - options_.eta * options_.eta) * level;
    const float fresh = options_.eta * level;
    for (std::int64_t n = 0; n < d.shape().n; ++n) {
      const auto out = d.sample(n);
      const auto e = eps.sample(n);
      const auto random = z.sample(n);
      const auto measured = modal.measured().sample(n);
      for (std::size_t k = 0; k < modal.modes(); ++k) {
        const float h = modal.value(k);
        if (h == 0) {
          out[k] += kept * e[k] + fresh * random[k];
        } else if (h * level < noise) {
          out[k] += kept * (h / noise) * (measured[k] - out[k]) + fresh * random[k];
        } else {
          const float known = options_.eta_b * noise / h;
          out[k] += options_.eta_b * (measured[k] - out[k]) +
                    root(level * level - known * known) * random[k];
        }
      }
    }
    return d;
  }

  Options options_;
};

SolverEntry entry() {
  const Options standard;
  SolverEntry result{
      kName, "Kawar, Elad, Ermon, Song: Denoising Diffusion Restoration Models, NeurIPS 2022",
      "linear, with singular values", "20 forward passes", level_settings(standard.levels)};
  result.settings.push_back({"eta", "0.85", "share of fresh noise, 0 to 1"});
  result.settings.push_back({"eta_b", "1", "weight of the measurement, 0 to 1"});
  result.settings.push_back(
      {"threshold", "0.03", "singular values below this share of the largest count as zero"});
  return result;
}

std::unique_ptr<Solver> make(SettingsReader& settings, const Operator& op, float /*noise*/) {
  require_spectral(kName, op);
  Options options;
  options.levels = read_levels(settings, options.levels);
  options.eta = settings.number("eta", options.eta, 0, 1);
  options.eta_b = settings.number("eta_b", options.eta_b, 0, 1);
  options.threshold = settings.number("threshold", options.threshold, 0, 1);
  return std::make_unique<Ddrm>(options, settings.record());
}

}  // namespace

SolverKind ddrm_kind() { return {entry(), make}; }

}  // namespace modeseek
