#include "commands.hpp"
#include "modeseek/solver_registry.hpp"
#include "options.hpp"

namespace modeseek::app {
namespace {

void run() {
  std::string out;
  for (const SolverEntry& entry : solver_registry()) {
    out += entry.name + "\n    source       " + entry.source + "\n    measurement  " + entry.needs +
           "\n    cost         " + entry.cost + "\n";
    for (const SolverSetting& setting : entry.settings) {
      out +=
          "    " + setting.name + ": " + setting.meaning + "; default " + setting.standard + "\n";
    }
  }
  print(out);
}

}  // namespace

void add_solvers(CLI::App& program, const Session&) {
  CLI::App& command =
      add_command(program, "solvers", "List the restoration methods, their sources and settings",
                  "modeseek solvers");
  command.callback([] { run(); });
}

}  // namespace modeseek::app
