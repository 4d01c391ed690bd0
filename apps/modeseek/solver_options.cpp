#include <algorithm>
#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "modeseek/solver_registry.hpp"
#include "options.hpp"

namespace modeseek::app {
namespace {

/// An option of its own for a setting.
struct Flag {
  const char* name;     ///< "--inner"
  const char* setting;  ///< "inner_steps"
  bool expert;
  const char* help;
};

constexpr Flag kFlags[] = {
    {"--quality", "quality", false,
     "fast, balanced (default) or best: 16, 32 or 96 network evaluations (vml-map)"},
    {"--steps", "steps", false,
     "Noise levels from coarse to fine; default by --quality; other solvers: see `modeseek "
     "solvers`"},
    {"--transition", "renoise", false,
     "Fresh noise between levels, or none: renoise, deterministic; default: a share that depends "
     "on the task (vml-map)"},
    {"--scheme", "scheme", true,
     "posterior (default): one evaluation a level; descent (default for measurements that are not "
     "linear): several descent steps, as published (vml-map)"},
    {"--inner", "inner_steps", true,
     "Descent steps at each noise level; implies --scheme descent, so do the options that say "
     "descent (vml-map)"},
    {"--direction", "direction", true,
     "jacobian-free, one network evaluation a step, or vjp, the exact gradient at three times the "
     "cost (vml-map, descent)"},
    {"--renoise-fraction", "renoise", true,
     "Share of fresh noise between the two transitions, 0 to 1 (vml-map)"},
    {"--step-size", "step_size", true,
     "Length of a descent step; default 1, for noise above 0.005 on [0, 1] 0.6 (missing pixels, "
     "but large holes) or 0.4 (vml-map, descent)"},
    {"--preconditioner", "preconditioner", true,
     "normal: solve with H^T H; none: plain gradient (vml-map, descent)"},
    {"--covariance-probes", "covariance_probes", true,
     "Probes for the covariance terms of the full loss; 0: without them (vml-map, descent)"},
    {"--sigma-max", "sigma_max", true,
     "First noise level, on [-1, 1]; default 10, noise-free 2 but for large holes (vml-map)"},
    {"--sigma-min", "sigma_min", true,
     "Last noise level, on [-1, 1]; default 0.01, vml-map: higher for noisy measurements"},
    {"--lambda", "lambda", true,
     "Weight of the prior; default 1 for missing pixels, 8 for super-resolution, 7 else (diffpir)"},
    {"--zeta", "zeta", true,
     "Share of fresh noise, 0 to 1; default 1, 0.25 and 0.3 likewise (diffpir)"},
};

bool has_setting(const std::string& solver, const std::string& setting) {
  const auto& all = solver_registry();
  return std::any_of(all.begin(), all.end(), [&](const SolverEntry& entry) {
    return entry.name == solver &&
           std::any_of(entry.settings.begin(), entry.settings.end(),
                       [&](const SolverSetting& known) { return known.name == setting; });
  });
}

/// The value of an option as the setting's text.
std::string setting_value(const std::string& option, const std::string& value) {
  if (option != "--transition") return value;
  if (value != "renoise" && value != "deterministic") {
    throw InvalidArgument("--transition: expected renoise or deterministic, found " + value);
  }
  return value == "renoise" ? "1" : "0";
}

void add_setting(SolverSpec& spec, const std::string& option, const std::string& setting,
                 const std::string& value) {
  if (!has_setting(spec.name, setting)) {
    throw InvalidArgument(option + ": the solver '" + spec.name + "' has no setting '" + setting +
                          "'");
  }
  if (!spec.settings.emplace(setting, value).second) {
    throw InvalidArgument(option + ": the setting '" + setting + "' is given twice");
  }
}

SolverSpec spec_of(const SolverOptions& options) {
  SolverSpec spec = SolverSpec::parse(options.solver);
  for (const Flag& flag : kFlags) {
    const auto given = options.named.find(flag.name);
    if (given == options.named.end()) continue;
    add_setting(spec, flag.name, flag.setting, setting_value(flag.name, given->second));
  }
  for (const std::string& pair : options.settings) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      throw InvalidArgument("--solver-setting: expected KEY=VALUE, found '" + pair + "'");
    }
    add_setting(spec, "--solver-setting", pair.substr(0, equals), pair.substr(equals + 1));
  }
  return spec;
}

/// What CLI11 prints for a solver that does not exist; empty when it does.
std::string problem_of(const std::string& text) {
  try {
    SolverSpec::parse(text);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

void add_solver_options(CLI::App& command, const Session& session, SolverOptions& options) {
  command
      .add_option("--solver", options.solver,
                  "vml-map (default) or a method to compare with, `modeseek solvers` lists them; "
                  "with settings: dps(zeta=0.3)")
      ->check(CLI::Validator(problem_of, ""));
  for (const Flag& flag : kFlags) {
    CLI::Option* option = command.add_option_function<std::string>(
        flag.name,
        [&options, name = flag.name](const std::string& value) { options.named[name] = value; },
        flag.help);
    if (flag.expert) option->group(expert_group(session));
  }
  command
      .add_option("--solver-setting", options.settings,
                  "KEY=VALUE, any setting of the solver; may be repeated")
      ->allow_extra_args(false)
      ->group(expert_group(session));
}

std::unique_ptr<Solver> make_solver(const SolverOptions& options, const Operator& op, float noise) {
  return modeseek::make_solver(spec_of(options), op, noise);
}

}  // namespace modeseek::app
