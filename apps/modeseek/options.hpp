#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modeseek/restore.hpp"
#include "session.hpp"

namespace modeseek::app {

/// The group that only --help-all shows.
std::string expert_group(const Session& session);

/// A subcommand with --help, --help-all and an example at the end of its help.
CLI::App& add_command(CLI::App& program, const std::string& name, const std::string& description,
                      const std::string& example);

/// --task
CLI::Option* add_task_option(CLI::App& command, std::string& task);
/// --threads, for experts; apply_threads makes it so.
void add_threads_option(CLI::App& command, const Session& session, int& threads);
void apply_threads(int threads);

/// A noise level as the user writes it, on [0, 1], doubled to the library's [-1, 1] scale: the one
/// place where this happens. Throws InvalidArgument, naming `option`, for what is no number, is
/// negative, NaN or infinite.
float parse_noise(const std::string& text, const std::string& option);
/// The same, and nothing for "auto".
std::optional<float> parse_noise_or_auto(const std::string& text, const std::string& option);

/// "480x640", rows x columns. Throws InvalidArgument that names `option`.
Size parse_size(const std::string& text, const std::string& option);

/// The solver and its settings; what was not given keeps the library's default.
struct SolverOptions {
  std::string solver = "vml-map";     ///< as SolverSpec::parse reads it
  std::vector<std::string> settings;  ///< "key=value"
  /// Settings that have an option of their own: the option's value under its name.
  std::map<std::string, std::string> named;
};

void add_solver_options(CLI::App& command, const Session& session, SolverOptions& options);

/// Settings that are not given follow the operator and the noise level (on [-1, 1]). Throws
/// InvalidArgument for an option that the chosen solver does not have, or out of range,
/// NotApplicable when the solver cannot treat this operator.
std::unique_ptr<Solver> make_solver(const SolverOptions& options, const Operator& op, float noise);

}  // namespace modeseek::app
