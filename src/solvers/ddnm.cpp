#include <cmath>
#include <memory>
#include <utility>

#include "solvers/modal_measurement.hpp"
#include "solvers/peer.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"

namespace modeseek {
namespace {

constexpr const char* kPlainName = "ddnm";
constexpr const char* kNoisyName = "ddnm+";

struct Options {
  bool noisy = false;  ///< DDNM+
  LevelOptions levels{.steps = 100};
  float eta = 0.85F;        ///< share of fresh noise
  float threshold = 0.03F;  ///< of singular values, against the largest

  const char* name() const { return noisy ? kNoisyName : kPlainName; }
};

/// How one mode is treated on the way to the next level.
struct ModeRule {
  float correction = 0;  ///< weight of ybar - D
  float kept = 0;        ///< factor of eps
  float fresh = 0;       ///< factor of z
};

/// DDNM: Wang, Yu, Zhang, "Zero-Shot Image Restoration Using Denoising Diffusion Null-Space Model",
/// ICLR 2023. With xh = D + H^+ (y - H D), whose measured part is the measurement itself, DDNM goes
/// to xh + s' (sqrt(1 - eta^2) eps + eta z). DDNM+ (the same paper, section 3.3 and appendix I)
/// weighs correction and noise in each mode of H so that the noise in y does not exceed the noise
/// level: with h the singular value,
///   correction 1 where s' >= sy / h, else h s' sqrt(1 - eta^2) / sy;
///   noise sqrt(s'^2 - (sy / h)^2) z where s' > sy / h, else eta s' z; null space as DDNM.
class Ddnm final : public PlannedSolver {
 public:
  Ddnm(const Options& options, std::string settings)
      : PlannedSolver(options.name(), std::move(settings), {options.levels.steps, 0}),
        options_(options) {}

 protected:
  Result restore(Run& run) const override {
    const Problem& problem = run.problem();
    const ModalMeasurement modal(options_.name(), problem.op, problem.y, options_.threshold);
    const std::vector<float> levels = noise_levels(options_.levels, run.noise_range());
    Tensor x = start(run, levels[0]);
    for (std::size_t i = 0;; ++i) {
      const Tensor d = run.evaluator().denoise(x, levels[i]);
      const Tensor eps = (1 / levels[i]) * (x - d);
      Tensor next =
          modal.from_modes(advance(modal, problem.noise, levels[i + 1], modal.to_modes(eps),
                                   modal.to_modes(d), modal.to_modes(fresh_noise(run, i))));
      if (i + 2 == levels.size()) return run.finish(levels[i], x, d, std::move(next));
      x = std::move(next);
    }
  }

 private:
  ModeRule rule(float h, float noise, float level) const {
    const float kept = std::sqrt(1 - options_.eta * options_.eta) * level;
    const float fresh = options_.eta * level;
    if (h == 0) return {0.0F, kept, fresh};
    if (!options_.noisy) return {1.0F, kept, fresh};
    const float measured = noise / h;
    return {level >= measured ? 1.0F : kept / measured, 0.0F,
            level > measured ? std::sqrt(level * level - measured * measured) : fresh};
  }

  /// The next point, in modes, from eps, D and z in modes.
  Tensor advance(const ModalMeasurement& modal, float noise, float level, const Tensor& eps,
                 Tensor d, const Tensor& z) const {
    for (std::int64_t n = 0; n < d.shape().n; ++n) {
      const auto out = d.sample(n);
      const auto e = eps.sample(n);
      const auto random = z.sample(n);
      const auto measured = modal.measured().sample(n);
      for (std::size_t k = 0; k < modal.modes(); ++k) {
        const ModeRule by = rule(modal.value(k), noise, level);
        out[k] += by.correction * (measured[k] - out[k]) + by.kept * e[k] + by.fresh * random[k];
      }
    }
    return d;
  }

  Options options_;
};

SolverEntry entry(const char* name, const char* also) {
  const Options standard;
  SolverEntry result{name,
                     std::string("Wang, Yu, Zhang: Zero-Shot Image Restoration Using Denoising "
                                 "Diffusion Null-Space Model, ICLR 2023") +
                         also,
                     "linear, with singular values", "100 forward passes",
                     level_settings(standard.levels)};
  result.settings.push_back({"eta", "0.85", "share of fresh noise, 0 to 1"});
  result.settings.push_back(
      {"threshold", "0.03", "singular values below this share of the largest count as zero"});
  return result;
}

std::unique_ptr<Solver> make(Options options, SettingsReader& settings, const Operator& op) {
  require_spectral(options.name(), op);
  options.levels = read_levels(settings, options.levels);
  options.eta = settings.number("eta", options.eta, 0, 1);
  options.threshold = settings.number("threshold", options.threshold, 0, 1);
  return std::make_unique<Ddnm>(options, settings.record());
}

}  // namespace

SolverKind ddnm_kind() {
  return {entry(kPlainName, ""), [](SettingsReader& settings, const Operator& op, float /*noise*/) {
            return make(Options{.noisy = false}, settings, op);
          }};
}

SolverKind ddnm_plus_kind() {
  return {entry(kNoisyName, ", for noisy measurements"),
          [](SettingsReader& settings, const Operator& op, float /*noise*/) {
            return make(Options{.noisy = true}, settings, op);
          }};
}

}  // namespace modeseek
