#pragma once

#include <CLI/CLI.hpp>

#include "session.hpp"

namespace modeseek::app {

/// Each adds one subcommand: its options, its help and what it does.
void add_restore(CLI::App& program, const Session& session);
void add_degrade(CLI::App& program, const Session& session);
void add_denoise(CLI::App& program, const Session& session);
void add_sample(CLI::App& program, const Session& session);
void add_metrics(CLI::App& program, const Session& session);
void add_fid(CLI::App& program, const Session& session);
void add_info(CLI::App& program, const Session& session);
void add_presets(CLI::App& program, const Session& session);
void add_solvers(CLI::App& program, const Session& session);
void add_bench(CLI::App& program, const Session& session);
void add_report(CLI::App& program, const Session& session);
void add_eval(CLI::App& program, const Session& session);
void add_convert(CLI::App& program, const Session& session);

}  // namespace modeseek::app
