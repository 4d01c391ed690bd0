#include <algorithm>
#include <cstdint>

#include "solvers/hole_radius.hpp"
#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"
#include "solvers/vml_map.hpp"

namespace modeseek {
namespace {

constexpr int kMaxSteps = 100000;
constexpr float kNoiseFree = 0.01F;     ///< up to this noise a measurement counts as noise-free
constexpr std::int64_t kLargeHole = 5;  ///< pixels; scattered missing pixels stay below

SolverEntry entry() {
  return {
      "vml-map",
      "Gutha, Vinuesa, Azizpour: Mode-Seeking for Inverse Problems with Diffusion Models, "
      "arXiv 2512.10524, 2025",
      "any",
      "48 or 50 forward passes",
      {{"steps", "16 for large holes, else 8 noise-free, 10 noisy", "noise levels"},
       {"inner_steps", "2 for large holes, else 5 noise-free, 4 noisy", "descent steps at each"},
       {"step_size", "1 noise-free or large holes, 0.6 for missing pixels, else 0.4",
        "length of a descent step"},
       {"direction", "jacobian-free", "jacobian-free, or vjp: the exact gradient"},
       {"preconditioner", "normal", "normal: solve with H^T H; none: plain gradient"},
       {"prior_deviation", "0.3 for large holes, 0.5 for missing pixels, else 0",
        "of x0, in the preconditioner; 0: as published"},
       {"renoise", "1 for large holes, else 0", "share of fresh noise between levels, 0 to 1"},
       {"renoise_knee", "0.2 for large holes, else 0",
        "noise level at which that share has fallen to half; 0: constant"},
       {"covariance_probes", "0", "probes for the covariance terms of the full loss"},
       {"sigma_max", "2 noise-free but for large holes, else 10", "first noise level, on [-1, 1]"},
       {"sigma_min", "0.01, or by the noise of y", "last noise level"}}};
}

std::unique_ptr<Solver> make(SettingsReader& settings, const Operator& op, float noise) {
  using Direction = VmlMapOptions::Direction;
  using Preconditioner = VmlMapOptions::Preconditioner;
  VmlMapOptions options = vml_map_settings(op, noise);
  const bool vjp = options.direction == Direction::vjp;
  options.steps = settings.integer("steps", options.steps, 1, kMaxSteps);
  options.inner_steps = settings.integer("inner_steps", options.inner_steps, 1, kMaxSteps);
  options.step_size = settings.positive("step_size", options.step_size);
  options.direction =
      settings.choice("direction", vjp ? "vjp" : "jacobian-free", {"jacobian-free", "vjp"}) == "vjp"
          ? Direction::vjp
          : Direction::jacobian_free;
  options.preconditioner = settings.choice("preconditioner", "normal", {"normal", "none"}) == "none"
                               ? Preconditioner::none
                               : Preconditioner::normal;
  options.prior_deviation = settings.number("prior_deviation", options.prior_deviation, 0, 1e6F);
  options.renoise = settings.number("renoise", options.renoise, 0, 1);
  options.renoise_knee = settings.number("renoise_knee", options.renoise_knee, 0, 1e6F);
  options.covariance_probes =
      settings.integer("covariance_probes", options.covariance_probes, 0, kMaxSteps);
  options.sigma_max = settings.positive("sigma_max", options.sigma_max);
  options.sigma_min = settings.positive("sigma_min", options.sigma_min);
  return make_vml_map(options);
}

/// The last noise level: for noisy measurements it follows their noise.
float last_level(const Operator& op, float noise, bool missing) {
  constexpr float lowest = 0.01F;
  constexpr float highest = 0.3F;  // no study went higher
  if (noise <= kNoiseFree) return lowest;
  // Of the noise in units of a normalised measurement: a block mean of 16 pixels has |H| = 1/4.
  const float end = missing ? noise : 0.5F * noise / static_cast<float>(op.norm());
  return std::clamp(end, lowest, highest);
}

VmlMapOptions large_hole_settings() {
  VmlMapOptions options;
  options.steps = 16;
  options.inner_steps = 2;
  options.prior_deviation = 0.3F;
  options.renoise = 1.0F;
  options.renoise_knee = 0.2F;
  return options;
}

VmlMapOptions usual_settings(float noise, bool missing) {
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

}  // namespace

VmlMapOptions vml_map_settings(const Operator& op, float noise) {
  const bool missing = task_kind(op) == TaskKind::missing;
  const bool large_hole = missing && hole_radius(op.known_entries()) >= kLargeHole;
  VmlMapOptions options = large_hole ? large_hole_settings() : usual_settings(noise, missing);
  options.sigma_min = last_level(op, noise, missing);
  return options;
}

SolverKind vml_map_kind() { return {entry(), make}; }

}  // namespace modeseek
