#include <vector>

#include "commands.hpp"
#include "modeseek/task.hpp"
#include "options.hpp"
#include "report/text.hpp"

namespace modeseek::app {
namespace {

void run() {
  std::string out;
  for (const TaskPreset& preset : task_presets()) {
    out += preset.name + "\n    task   " + preset.task + "\n    noise  " +
           report::both_scales(preset.noise) + "\n    source " + preset.source + "\n";
  }
  print(out);
}

}  // namespace

void add_presets(CLI::App& program, const Session&) {
  CLI::App& command =
      add_command(program, "presets", "List published measurements by name", "modeseek presets");
  command.callback([] { run(); });
}

}  // namespace modeseek::app
