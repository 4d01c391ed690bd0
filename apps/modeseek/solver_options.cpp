#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "options.hpp"

namespace modeseek::app {
namespace {

/// Copies a given option over the default.
template <typename Given, typename Setting>
void apply(const std::optional<Given>& given, Setting& setting) {
  if (given) setting = *given;
}

void refuse(const std::string& solver, const std::vector<std::pair<const char*, bool>>& given) {
  for (const auto& [name, present] : given) {
    if (present) {
      throw InvalidArgument(std::string(name) + " is no setting of the solver '" + solver + "'");
    }
  }
}

std::unique_ptr<Solver> vml_map(const SolverOptions& o, float noise) {
  refuse("vml-map", {{"--lambda", o.lambda.has_value()}, {"--zeta", o.zeta.has_value()}});
  if (o.transition && o.renoise_fraction) {
    throw InvalidArgument("--transition and --renoise-fraction exclude each other");
  }
  VmlMapOptions settings = vml_map_settings(noise);
  apply(o.steps, settings.steps);
  apply(o.inner, settings.inner_steps);
  apply(o.step_size, settings.step_size);
  apply(o.sigma_max, settings.sigma_max);
  apply(o.sigma_min, settings.sigma_min);
  apply(o.covariance_probes, settings.covariance_probes);
  if (o.direction) {
    settings.direction = *o.direction == "vjp" ? VmlMapOptions::Direction::vjp
                                               : VmlMapOptions::Direction::jacobian_free;
  }
  if (o.preconditioner) {
    settings.preconditioner = *o.preconditioner == "normal" ? VmlMapOptions::Preconditioner::normal
                                                            : VmlMapOptions::Preconditioner::none;
  }
  if (o.transition) settings.renoise = *o.transition == "renoise" ? 1.0F : 0.0F;
  apply(o.renoise_fraction, settings.renoise);
  return make_vml_map(settings);
}

std::unique_ptr<Solver> diffpir(const SolverOptions& o, const Operator& op) {
  refuse("diffpir", {{"--inner", o.inner.has_value()},
                     {"--step-size", o.step_size.has_value()},
                     {"--direction", o.direction.has_value()},
                     {"--preconditioner", o.preconditioner.has_value()},
                     {"--transition", o.transition.has_value()},
                     {"--renoise-fraction", o.renoise_fraction.has_value()},
                     {"--covariance-probes", o.covariance_probes.has_value()}});
  DiffPirOptions settings = diffpir_settings(op);
  apply(o.steps, settings.steps);
  apply(o.lambda, settings.lambda);
  apply(o.zeta, settings.zeta);
  apply(o.sigma_max, settings.sigma_max);
  apply(o.sigma_min, settings.sigma_min);
  return make_diffpir(settings);
}

}  // namespace

void add_solver_options(CLI::App& command, const Session& session, SolverOptions& options) {
  command.add_option("--solver", options.solver, "vml-map (default) or diffpir")
      ->check(CLI::IsMember({"vml-map", "diffpir"}));
  command.add_option("--steps", options.steps,
                     "Noise levels from coarse to fine; default 10, noise-free 8 (diffpir: 100)");
  command.add_option("--inner", options.inner,
                     "Descent steps at each noise level; default 4, noise-free 5 (vml-map)");
  command
      .add_option("--direction", options.direction,
                  "jacobian-free, one network evaluation a step, or vjp, the exact gradient at "
                  "three times the cost (vml-map)")
      ->check(CLI::IsMember({"vjp", "jacobian-free"}));
  command
      .add_option("--transition", options.transition,
                  "Fresh noise between levels, or none: renoise, deterministic (default) (vml-map)")
      ->check(CLI::IsMember({"renoise", "deterministic"}));
  const std::string expert = expert_group(session);
  command
      .add_option("--renoise-fraction", options.renoise_fraction,
                  "Share of fresh noise between the two transitions, 0 to 1 (vml-map)")
      ->group(expert);
  command
      .add_option(
          "--step-size", options.step_size,
          "Length of a descent step; default 1, 0.4 for noise above 0.005 on [0, 1] (vml-map)")
      ->group(expert);
  command
      .add_option("--preconditioner", options.preconditioner,
                  "normal: solve with H^T H; none: plain gradient (vml-map)")
      ->check(CLI::IsMember({"normal", "none"}))
      ->group(expert);
  command
      .add_option("--covariance-probes", options.covariance_probes,
                  "Probes for the covariance terms of the full loss; 0: without them (vml-map)")
      ->group(expert);
  command
      .add_option("--sigma-max", options.sigma_max,
                  "First noise level, on [-1, 1]; default 10, noise-free 2 (diffpir: 80)")
      ->group(expert);
  command
      .add_option("--sigma-min", options.sigma_min, "Last noise level, on [-1, 1]; default 0.01")
      ->group(expert);
  command
      .add_option("--lambda", options.lambda,
                  "Weight of the prior; default 1 for missing pixels, 8 for super-resolution, 7 "
                  "else (diffpir)")
      ->group(expert);
  command
      .add_option("--zeta", options.zeta,
                  "Share of fresh noise, 0 to 1; default 1, 0.25 and 0.3 likewise (diffpir)")
      ->group(expert);
}

std::unique_ptr<Solver> make_solver(const SolverOptions& options, const Operator& op, float noise) {
  return options.solver == "diffpir" ? diffpir(options, op) : vml_map(options, noise);
}

}  // namespace modeseek::app
