#include <cstdint>
#include <memory>
#include <optional>

#include "commands.hpp"
#include "modeseek/prior.hpp"
#include "options.hpp"
#include "prior_options.hpp"
#include "report/info_report.hpp"
#include "restoration/forecast.hpp"
#include "restoration/machine.hpp"

namespace modeseek::app {
namespace {

struct Options {
  PriorChoice prior;
  std::string task = "denoise";
  std::string size = "256x256";
  std::string json;
  std::string max_memory;
  SolverOptions solver;
};

void run(const Options& options) {
  const Task task = Task::parse(options.task);
  const Size size = parse_size(options.size, "--size");
  const std::uint64_t max_memory = parse_memory(options.max_memory);
  if (!options.json.empty()) require_json_target(options.json);
  const LoadedPrior prior = load(options.prior);
  const auto solver = [&options](const Operator& op, float noise) {
    return make_solver(options.solver, op, noise);
  };
  const report::Info info{prior.info, task.text(), options.solver.solver, describe_machine(),
                          forecast_restore(task, size, *prior.denoiser, solver, max_memory)};
  note_memory(*prior.denoiser, info.forecast.unknown, info.forecast.evaluations.second > 0);
  if (options.json.empty()) {
    print(report::info_text(info));
  } else {
    write_json(options.json, report::info_json(info));
  }
}

}  // namespace

void add_info(CLI::App& program, const Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      add_command(program, "info", "Describe a prior, a task, this machine, and the memory needed",
                  "modeseek info --task 'sr(4,mean)' --size 1501x1999");
  add_prior_options(command, session, options->prior);
  add_task_option(command, options->task);
  command.add_option("--size", options->size,
                     "Rows x columns of the restored picture; default 256x256");
  add_memory_option(command, options->max_memory);
  command.add_option("--json", options->json,
                     "Write it to this file as JSON, - for standard output");
  add_solver_options(command, session, options->solver);
  command.callback([options] { run(*options); });
}

}  // namespace modeseek::app
