#include "solvers/solver_kind.hpp"
#include "solvers/task_kind.hpp"
#include "solvers/vml_map.hpp"

namespace modeseek {
namespace {

constexpr int kMaxSteps = 100000;

SolverEntry entry() {
  return {
      "vml-map",
      "Gutha, Vinuesa, Azizpour: Mode-Seeking for Inverse Problems with Diffusion Models, "
      "arXiv 2512.10524, 2025",
      "any",
      "48 (noise-free) or 50 forward passes",
      {{"steps", "8 noise-free, else 10", "noise levels"},
       {"inner_steps", "5 noise-free, else 4", "descent steps at each"},
       {"step_size", "1 noise-free, 0.6 for missing pixels, else 0.4", "length of a descent step"},
       {"direction", "jacobian-free", "jacobian-free, or vjp: the exact gradient"},
       {"preconditioner", "normal", "normal: solve with H^T H; none: plain gradient"},
       {"prior_deviation", "0.5 for missing pixels, else 0",
        "of x0, in the preconditioner; 0: as published"},
       {"renoise", "0", "share of fresh noise between levels, 0 to 1"},
       {"covariance_probes", "0", "probes for the covariance terms of the full loss"},
       {"sigma_max", "2 noise-free, else 10", "first noise level, on [-1, 1]"},
       {"sigma_min", "0.01", "last noise level"}}};
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
  options.covariance_probes =
      settings.integer("covariance_probes", options.covariance_probes, 0, kMaxSteps);
  options.sigma_max = settings.positive("sigma_max", options.sigma_max);
  options.sigma_min = settings.positive("sigma_min", options.sigma_min);
  return make_vml_map(options);
}

}  // namespace

VmlMapOptions vml_map_settings(const Operator& op, float noise) {
  const bool missing = task_kind(op) == TaskKind::missing;
  VmlMapOptions options;
  if (missing) options.prior_deviation = 0.5F;
  if (noise > 0.01F) {
    options.step_size = missing ? 0.6F : 0.4F;
  } else {
    options.steps = 8;
    options.inner_steps = 5;
    options.sigma_max = 2.0F;
  }
  return options;
}

SolverKind vml_map_kind() { return {entry(), make}; }

}  // namespace modeseek
