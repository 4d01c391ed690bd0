#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <string>

#include "commands.hpp"
#include "exit_status.hpp"
#include "interrupt.hpp"
#include "modeseek/error.hpp"
#include "report/build_info.hpp"
#include "session.hpp"

namespace {

using namespace modeseek;

constexpr int kFailure = 2;

constexpr const char* kExample =
    "`modeseek COMMAND --help` explains a command, `--help-all` all of its options.\n\n"
    "Example: drop 70 % of a photograph's pixels, then restore it\n"
    "  modeseek degrade photo.png -o holes.png --task 'inpaint(random:0.7,seed=1)'\n"
    "  modeseek restore holes.png -o restored.png --task 'inpaint(random:0.7,seed=1)'\n";

void describe(CLI::App& program) {
  program.description("Restores damaged photographs with a diffusion model as prior.");
  program.set_version_flag(
      "--version", "modeseek " + report::version() + "\nbuilt with " + report::built_with());
  program.require_subcommand(1);
  program.footer(kExample);
  program.get_formatter()->column_width(36);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The subcommand that was being parsed, for the hint; the program itself before there is one.
std::string help_command(const CLI::App& program) {
  const auto chosen = program.get_subcommands();
  return chosen.empty() ? "modeseek --help" : "modeseek " + chosen.front()->get_name() + " --help";
}

/// CLI11 alone would only say that a command is missing.
void require_known_command(const CLI::App& program, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::string known;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == argv[1]) return;
    known += (known.empty() ? "" : ", ") + command->get_name();
  }
  throw InvalidArgument("unknown command '" + std::string(argv[1]) + "' (known: " + known + ")");
}

int fail(const std::string& message, int code = kFailure) {
  std::string line = message;
  std::replace(line.begin(), line.end(), '\n', ' ');
  app::note("modeseek: " + line);
  return code;
}

/// --help, --version and what CLI11 found wrong with the arguments.
int end_of_parsing(const CLI::App& program, const CLI::ParseError& outcome) {
  if (outcome.get_exit_code() == 0) return program.exit(outcome);
  return fail(first_line(outcome.what()) + " (see " + help_command(program) + ")");
}

/// The one place where exceptions become a message and an exit code.
int run(int argc, char** argv) {
  CLI::App program("", "modeseek");
  try {
    app::Session session;
    session.command_line = app::quoted_command_line(argc, argv);
    session.all_help = std::any_of(argv + 1, argv + argc,
                                   [](const char* a) { return std::string(a) == "--help-all"; });
    describe(program);
    app::add_restore(program, session);
    app::add_degrade(program, session);
    app::add_denoise(program, session);
    app::add_sample(program, session);
    app::add_metrics(program, session);
    app::add_fid(program, session);
    app::add_info(program, session);
    app::add_presets(program, session);
    app::add_solvers(program, session);
    app::add_bench(program, session);
    app::add_report(program, session);
    app::add_eval(program, session);
    app::add_convert(program, session);
    app::install_interrupt_handler();
    require_known_command(program, argc, argv);
    program.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& outcome) {
    return end_of_parsing(program, outcome);
  } catch (const app::ExitStatus& status) {
    return fail(status.what(), status.code());
  } catch (const Cancelled&) {
    return fail("cancelled", app::interrupt_exit_code());
  } catch (const std::bad_alloc&) {
    return fail("not enough memory");
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv); }
