#include <algorithm>
#include <cstdint>

#include "operators/non_linear.hpp"
#include "solvers/hole_radius.hpp"
#include "solvers/schedule.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"

namespace modeseek {
namespace {

using Scheme = VmlMapOptions::Scheme;
using Direction = VmlMapOptions::Direction;
using Preconditioner = VmlMapOptions::Preconditioner;

constexpr float kNoiseFree = 0.01F;     ///< up to this noise a measurement counts as noise-free
constexpr std::int64_t kLargeHole = 5;  ///< pixels; scattered missing pixels stay below

const std::vector<std::string> kDescentOnly{"inner_steps",      "step_size",       "direction",
                                            "preconditioner",   "prior_deviation", "renoise_knee",
                                            "covariance_probes"};

SolverEntry entry() {
  return {
      "vml-map",
      "Gutha, Vinuesa, Azizpour: Mode-Seeking for Inverse Problems with Diffusion Models, "
      "arXiv 2512.10524, 2025",
      "any",
      "32 forward passes; measurements that are not linear 48 or 50",
      {{"scheme", "posterior; descent for measurements that are not linear or with its settings",
        "posterior: one evaluation a level; descent: as published"},
       {"quality", "balanced", "fast, balanced or best: 16, 32 or 96 evaluations"},
       {"steps",
        "by quality: 32 noise-free; noisy 16, pixels missing or denoising 24; descent 10, 8 "
        "noise-free, 16 large holes",
        "noise levels"},
       {"renoise",
        "0.3 noise-free, 1 noisy; missing entries 0.85 noisy, large holes 1 and 0.85, denoising 0; "
        "descent 0, large holes 1",
        "share of fresh noise between levels, 0 to 1"},
       {"averaged", "by quality: 0 noise-free; noisy 16, pixels missing or denoising 8",
        "more evaluations at the last level, averaged (posterior)"},
       {"sigma_max", "2 noise-free but for large holes, else 10", "first noise level, on [-1, 1]"},
       {"sigma_min", "0.01, or by the noise of y", "last noise level"},
       {"spacing_knee", "4 noisy, but for missing pixels and denoising; else 0",
        "few noise levels above this one; 0: as EDM (posterior)"},
       {"inner_steps", "4, 5 noise-free, 2 large holes", "descent steps at each level (descent)"},
       {"step_size", "1 noise-free or large holes, 0.6 for missing pixels, else 0.4",
        "length of a descent step (descent)"},
       {"direction", "jacobian-free", "jacobian-free, or vjp: the exact gradient (descent)"},
       {"preconditioner", "normal", "normal: solve with H^T H; none: plain gradient (descent)"},
       {"prior_deviation", "0.3 for large holes, 0.5 for missing pixels, else 0",
        "of x0, in the preconditioner; 0: as published (descent)"},
       {"renoise_knee", "0.2 for large holes, else 0",
        "noise level at which that share has fallen to half; 0: constant (descent)"},
       {"covariance_probes", "0", "probes for the covariance terms of the full loss (descent)"}}};
}

enum class Kind { everything, missing, missing_modes, large_hole, other };

Kind kind_of(const Operator& op) {
  if (op.range() == op.domain() && op.row_gram()) return Kind::everything;
  if (task_kind(op) != TaskKind::missing) return Kind::other;
  const bool pixels =
      op.range_is_image() && op.range().h == op.domain().h && op.range().w == op.domain().w;
  if (!pixels) return Kind::missing_modes;  // where holes are no holes
  if (hole_radius(op.known_entries()) >= kLargeHole) return Kind::large_hole;
  // A grey picture under a colour prior: the colours are missing everywhere.
  return op.range().c == op.domain().c ? Kind::missing : Kind::missing_modes;
}

/// The last noise level: for noisy measurements it follows their noise.
float last_level(const Operator& op, float noise, float share) {
  constexpr float lowest = 0.01F;
  constexpr float highest = 0.8F;  // no study went higher
  if (noise <= kNoiseFree) return lowest;
  // Of the noise in units of a normalised measurement: a block mean of 16 pixels has |H| = 1/4.
  return std::clamp(share * noise / static_cast<float>(op.norm()), lowest, highest);
}

/// Share of fresh noise: what is not measured needs it, what is measured would only be disturbed.
float fresh_share(Kind kind, bool noisy) {
  if (kind == Kind::everything) return 0;
  if (!noisy) return kind == Kind::large_hole ? 1.0F : 0.3F;
  return kind == Kind::other ? 1.0F : 0.85F;
}

VmlMapOptions posterior_settings(const Operator& op, float noise, Quality quality) {
  const Kind kind = kind_of(op);
  const bool noisy = noise > kNoiseFree;
  const auto by_quality = [&](int fast, int balanced, int best) {
    return quality == Quality::fast ? fast : quality == Quality::best ? best : balanced;
  };
  VmlMapOptions options;
  options.scheme = Scheme::posterior;
  if (!noisy) {
    options.steps = by_quality(16, 32, 96);
  } else if (kind == Kind::other || kind == Kind::missing_modes) {
    options.steps = options.averaged = by_quality(8, 16, 48);
    options.spacing_knee = 4.0F;
  } else {
    options.steps = by_quality(12, 24, 72);
    options.averaged = by_quality(4, 8, 24);
  }
  options.renoise = fresh_share(kind, noisy);
  if (!noisy && kind != Kind::large_hole) options.sigma_max = 2.0F;
  const bool whole = kind != Kind::other && kind != Kind::large_hole;
  options.sigma_min = last_level(op, noise, whole ? 1.0F : 0.5F);
  return options;
}

VmlMapOptions large_hole_descent() {
  VmlMapOptions options;
  options.steps = 16;
  options.inner_steps = 2;
  options.prior_deviation = 0.3F;
  options.renoise = 1.0F;
  options.renoise_knee = 0.2F;
  return options;
}

VmlMapOptions usual_descent(float noise, bool missing) {
  VmlMapOptions options;
  if (missing) options.prior_deviation = 0.5F;
  if (noise > kNoiseFree) {
    options.step_size = missing ? 0.6F : 0.4F;
  } else {
    options.steps = 8;
    options.inner_steps = 5;
    options.sigma_max = 2.0F;
  }
  return options;
}

VmlMapOptions descent_settings(const Operator& op, float noise, Quality quality) {
  const Kind kind = kind_of(op);
  const bool large_hole = kind == Kind::large_hole;
  const bool missing = large_hole || kind == Kind::missing || kind == Kind::missing_modes;
  VmlMapOptions options = large_hole ? large_hole_descent() : usual_descent(noise, missing);
  if (quality == Quality::fast) options.steps /= 2;
  if (quality == Quality::best) options.steps *= 3;
  options.sigma_min = last_level(op, noise, missing ? 1.0F : 0.5F);
  return options;
}

VmlMapOptions settings_of(Scheme scheme, const Operator& op, float noise, Quality quality) {
  return scheme == Scheme::posterior ? posterior_settings(op, noise, quality)
                                     : descent_settings(op, noise, quality);
}

void read_descent(SettingsReader& settings, VmlMapOptions& options) {
  options.inner_steps = settings.integer("inner_steps", options.inner_steps, 1, max_steps);
  options.step_size = settings.positive("step_size", options.step_size);
  options.direction =
      settings.choice("direction", "jacobian-free", {"jacobian-free", "vjp"}) == "vjp"
          ? Direction::vjp
          : Direction::jacobian_free;
  options.preconditioner = settings.choice("preconditioner", "normal", {"normal", "none"}) == "none"
                               ? Preconditioner::none
                               : Preconditioner::normal;
  options.prior_deviation = settings.number("prior_deviation", options.prior_deviation, 0, 1e6F);
  options.renoise_knee = settings.number("renoise_knee", options.renoise_knee, 0, 1e6F);
  options.covariance_probes =
      settings.integer("covariance_probes", options.covariance_probes, 0, max_steps);
}

Quality read_quality(SettingsReader& settings) {
  const std::string word = settings.choice("quality", "balanced", {"fast", "balanced", "best"});
  return word == "fast" ? Quality::fast : word == "best" ? Quality::best : Quality::balanced;
}

std::unique_ptr<Solver> make(SettingsReader& settings, const Operator& op, float noise) {
  const bool descends = !is_linear(op) || settings.any_given(kDescentOnly);
  const Scheme scheme = settings.choice("scheme", descends ? "descent" : "posterior",
                                        {"posterior", "descent"}) == "descent"
                            ? Scheme::descent
                            : Scheme::posterior;
  VmlMapOptions options = settings_of(scheme, op, noise, read_quality(settings));
  options.steps = settings.integer("steps", options.steps, 1, max_steps);
  options.renoise = settings.number("renoise", options.renoise, 0, 1);
  options.sigma_max = settings.positive("sigma_max", options.sigma_max);
  options.sigma_min =
      settings.positive("sigma_min", std::min(options.sigma_min, options.sigma_max));
  if (scheme == Scheme::descent) {
    settings.refuse_given({"averaged", "spacing_knee"}, "scheme=posterior");
    read_descent(settings, options);
  } else {
    settings.refuse_given(kDescentOnly, "scheme=descent");
    options.averaged = settings.integer("averaged", options.averaged, 0, max_steps);
    options.spacing_knee = settings.number("spacing_knee", options.spacing_knee, 0, 1e6F);
  }
  return make_vml_map(options);
}

}  // namespace

VmlMapOptions vml_map_settings(const Operator& op, float noise, Quality quality) {
  return settings_of(is_linear(op) ? Scheme::posterior : Scheme::descent, op, noise, quality);
}

SolverKind vml_map_kind() { return {entry(), make}; }

}  // namespace modeseek
