#include "options.hpp"

#include <charconv>
#include <cmath>

#include "core/threads.hpp"
#include "modeseek/error.hpp"

namespace modeseek::app {

std::string expert_group(const Session& session) {
  return session.all_help ? "Options for experts" : "";
}

CLI::App& add_command(CLI::App& program, const std::string& name, const std::string& description,
                      const std::string& example) {
  CLI::App& command = *program.add_subcommand(name, description);
  command.set_help_flag("-h,--help", "Show the options most people need");
  command.set_help_all_flag("--help-all", "Show every option");
  command.footer("Example\n  " + example + "\n");
  return command;
}

CLI::Option* add_task_option(CLI::App& command, std::string& task) {
  return command.add_option("--task", task,
                            "What was measured, e.g. inpaint(random:0.7,seed=1), sr(4,mean), "
                            "blur(gaussian:13,2), denoise, or a preset's name (docs/tasks.md)");
}

void add_threads_option(CLI::App& command, const Session& session, int& threads) {
  command.add_option("--threads", threads, "Threads to use; 0 for all processors (default)")
      ->check(CLI::Range(0, 1024))
      ->group(expert_group(session));
}

void apply_threads(int threads) {
  if (threads > 0) set_threads(threads);
}

float parse_noise(const std::string& text, const std::string& option) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(value) || value < 0 ||
      value > 1e6) {
    throw InvalidArgument(option + ": expected a noise level on the [0, 1] scale, not negative, " +
                          "found '" + text + "'");
  }
  return static_cast<float>(2 * value);
}

std::optional<float> parse_noise_or_auto(const std::string& text, const std::string& option) {
  if (text == "auto") return std::nullopt;
  return parse_noise(text, option);
}

Size parse_size(const std::string& text, const std::string& option) {
  Size size;
  const char* end = text.data() + text.size();
  const auto rows = std::from_chars(text.data(), end, size.h);
  if (rows.ec == std::errc() && rows.ptr != end && *rows.ptr == 'x') {
    const auto columns = std::from_chars(rows.ptr + 1, end, size.w);
    if (columns.ec == std::errc() && columns.ptr == end && size.h > 0 && size.w > 0) return size;
  }
  throw InvalidArgument(option + ": expected rows x columns, such as 480x640, found '" + text +
                        "'");
}

}  // namespace modeseek::app
