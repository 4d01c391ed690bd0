#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <tuple>
#include <vector>

#include "commands.hpp"
#include "core/atomic_file.hpp"
#include "interrupt.hpp"
#include "modeseek/prior.hpp"
#include "options.hpp"
#include "prior_options.hpp"
#include "report/progress_bar.hpp"
#include "report/showcase_report.hpp"
#include "restoration/paths.hpp"
#include "restoration/showcase.hpp"

namespace modeseek::app {
namespace {

struct Options {
  std::string folder;
  std::vector<std::tuple<std::string, std::string, std::string>> cases;
  PriorChoice prior;
  SolverOptions solver;
  std::uint64_t seed = 0;
  int threads = 0;
};

std::vector<ShowcaseInput> inputs_of(const Options& options) {
  std::vector<ShowcaseInput> inputs;
  for (const auto& [clean, task, noise] : options.cases) {
    inputs.push_back({clean, Task::parse(task), parse_noise(noise, "--case"), options.seed});
  }
  return inputs;
}

Showcase run_case(const ShowcaseInput& input, const std::string& stem, const Options& options,
                  Denoiser& prior) {
  std::optional<report::ProgressBar> bar;
  if (on_terminal()) bar.emplace(input.clean + " " + input.task.text(), write_to_terminal);
  const auto progress = [&bar](const Progress& p) {
    if (bar) bar->update(p);
    return !interrupted();
  };
  const auto solver = [&options](const Operator& op, float noise) {
    return make_solver(options.solver, op, noise);
  };
  return run_showcase(input, stem, prior, solver, progress,
                      [](const std::string& path, const Image& picture) {
                        uninterrupted([&] { write_picture(path, picture, 8); });
                      });
}

void run(const Options& options, const Session& session) {
  const auto inputs = inputs_of(options);
  const std::string page = (std::filesystem::path(options.folder) / "report.html").string();
  uninterrupted([&] { require_writable(page, true); });
  apply_threads(options.threads);
  const LoadedPrior prior = load(options.prior);
  std::vector<Showcase> cases;
  for (const ShowcaseInput& input : inputs) {
    stop_if_interrupted();
    const std::string name =
        fmt::format("{}-{}", cases.size() + 1, std::filesystem::path(input.clean).stem().string());
    cases.push_back(run_case(input, (std::filesystem::path(options.folder) / name).string(),
                             options, *prior.denoiser));
    note(report::showcase_line(cases.back()));
  }
  uninterrupted([&] {
    write_file_atomically(page, report::showcase_html(cases, prior.info, session.command_line));
  });
  print("\n" + report::showcase_table(cases) + "\nPictures in " + options.folder + ", report in " +
        page + "\n");
}

}  // namespace

void add_report(CLI::App& program, const Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      program, "report", "Degrade clean pictures, restore them, and report how well that went",
      "modeseek report -o out --case photo.png 'inpaint(random:0.7,seed=1)' 0 "
      "--case photo.png 'blur(gaussian:13,2)' 0.02");
  command
      .add_option("-o,--output", options->folder,
                  "Folder for the pictures and report.html, created if missing")
      ->required();
  command
      .add_option("--case", options->cases,
                  "Clean picture, task, and noise on [0, 1]; may be repeated")
      ->type_name("CLEAN TASK NOISE")
      ->required();
  add_prior_options(command, session, options->prior);
  command.add_option("--seed", options->seed, "Seed of all noise; default 0");
  add_solver_options(command, session, options->solver);
  add_threads_option(command, session, options->threads);
  command.callback([options, &session] { run(*options, session); });
}

}  // namespace modeseek::app
