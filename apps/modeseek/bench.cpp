#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "bench/page.hpp"
#include "bench/presets.hpp"
#include "bench/report.hpp"
#include "bench/request.hpp"
#include "bench/run.hpp"
#include "checkpoints/checkpoint.hpp"
#include "commands.hpp"
#include "exit_status.hpp"
#include "interrupt.hpp"
#include "lpips_option.hpp"
#include "modeseek/error.hpp"
#include "modeseek/solver_registry.hpp"
#include "options.hpp"
#include "prior_options.hpp"
#include "priors/checkpoint_hash.hpp"
#include "report/text.hpp"

namespace modeseek::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBarInterval = std::chrono::milliseconds(200);
constexpr auto kLogInterval = std::chrono::seconds(30);
constexpr std::size_t kKeptPictures = 2;

struct Options {
  bench::Request request;
  std::vector<std::string> noises;
  std::vector<std::string> priors{"natural"};
  std::string folder;
  std::vector<std::string> folders_to_reuse;
  std::string lpips;
  std::string report;
  int threads = 0;
};

std::string standing_text(const bench::Standing& standing) {
  return fmt::format("{:.1f} %, {} of {} runs, {:.1f} evaluations/s, {} left: {}",
                     100 * standing.share, standing.jobs_done, standing.jobs, standing.speed,
                     report::duration(standing.seconds_left), standing.job);
}

/// A line that is redrawn on a terminal, a line every half minute elsewhere.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (visible_) write_to_terminal("\r\033[K");
  }

  void update(const bench::Standing& standing) {
    const auto now = Clock::now();
    if (now - drawn_ < (terminal_ ? Clock::duration(kBarInterval) : kLogInterval)) return;
    drawn_ = now;
    if (!terminal_) {
      note(standing_text(standing));
      return;
    }
    visible_ = true;
    write_to_terminal("\r\033[K" + standing_text(standing));
  }

 private:
  bool terminal_ = on_terminal();
  bool visible_ = false;
  Clock::time_point drawn_{};
};

/// The priors themselves, which outlive their places in bench::Equipment.
std::vector<LoadedPrior> load_priors(const std::vector<std::string>& names) {
  std::vector<LoadedPrior> priors;
  for (const std::string& name : names) {
    PriorChoice choice;
    choice.prior = name;
    priors.push_back(load(choice));
  }
  return priors;
}

bench::Equipment equipment_of(const std::vector<LoadedPrior>& priors, Lpips* lpips) {
  bench::Equipment equipment;
  for (const LoadedPrior& prior : priors) equipment.priors.push_back(prior.denoiser.get());
  equipment.make_solver = [](const std::string& text, const Operator& op, float noise) {
    return modeseek::make_solver(SolverSpec::parse(text), op, noise);
  };
  equipment.metrics = bench::standard_metrics();
  if (lpips != nullptr) {
    equipment.metrics.push_back(
        {"lpips", [lpips](const Tensor& a, const Tensor& b) { return (*lpips)(a, b); }});
  }
  return equipment;
}

bench::Request request_of(const Options& options, const std::vector<LoadedPrior>& priors,
                          const bench::Equipment& equipment) {
  bench::Request request = options.request;
  for (const std::string& noise : options.noises) {
    request.noises.push_back(parse_noise(noise, "--noise"));
  }
  for (const LoadedPrior& prior : priors) {
    request.priors.push_back({prior.info.name, prior.info.hash, to_string(prior.info.precision)});
  }
  for (const bench::Metric& metric : equipment.metrics) request.metrics.push_back(metric.name);
  if (!options.lpips.empty()) {
    request.lpips_hash = priors::hash_of(checkpoints::open_checkpoint(options.lpips));
  }
  return request;
}

/// Writes the reports and prints the table that matters most.
void report_on(const bench::Folder& folder) {
  const bench::Results results = bench::read_results(folder);
  uninterrupted([&] { bench::write_reports(results, folder); });
  print(bench::summary_text(results));
  note("Tables, charts and pictures: " + folder("report.html"));
  const auto failed =
      std::count_if(results.rows.begin(), results.rows.end(),
                    [](const bench::Row& row) { return row.status == bench::Status::failed; });
  if (failed > 0) {
    throw ExitStatus(1, fmt::format("{} of {} runs failed; {} says why", failed,
                                    results.rows.size(), folder("rows.csv")));
  }
}

void run_and_report(const Options& options, const Session& session) {
  const bench::Folder folder(options.folder);
  apply_threads(options.threads);
  const std::vector<LoadedPrior> priors = load_priors(options.priors);
  const std::unique_ptr<Lpips> lpips = load_lpips(options.lpips);
  const bench::Equipment equipment = equipment_of(priors, lpips.get());
  bench::Grid grid = bench::make_grid(request_of(options, priors, equipment));
  for (const bench::Picture& picture : grid.pictures) {
    if (lpips) require_comparable(*lpips, picture.shape, picture.name);
  }
  const bench::Plan plan(grid, equipment);
  grid.settings = plan.settings();
  {
    ProgressLine line;
    bench::BenchHooks hooks;
    hooks.progress = [&line](const bench::Standing& standing) {
      line.update(standing);
      return !interrupted();
    };
    hooks.write = uninterrupted;
    bench::run_bench(grid, equipment, plan, folder, session.command_line, hooks,
                     options.folders_to_reuse);
  }
  report_on(folder);
}

void run(const Options& options, const Session& session) {
  if (options.report.empty()) {
    if (options.request.inputs.empty()) throw InvalidArgument("bench: no pictures given");
    if (options.folder.empty()) throw InvalidArgument("bench: -o names the folder for the results");
    run_and_report(options, session);
    return;
  }
  if (!options.request.inputs.empty() || !options.folder.empty()) {
    throw InvalidArgument("--report takes a bench's folder alone");
  }
  report_on(bench::Folder(options.report));
}

/// An option that may be repeated and takes one value each time.
CLI::Option* add_list(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                      const std::string& help) {
  return command.add_option(name, values, help)->allow_extra_args(false);
}

void add_grid_options(CLI::App& command, Options& options) {
  bench::Request& request = options.request;
  command.add_option("pictures", request.inputs, "Clean pictures, or folders of them");
  command.add_option("-o,--output", options.folder,
                     "Folder for the results, created if missing; the same command continues there "
                     "where it was stopped");
  command.add_option("--preset", request.preset,
                     "A grid by name: " + bench::bench_preset_names() +
                         "; what else is given replaces its entries");
  add_list(command, "--task", request.tasks, "What is measured, may be repeated");
  add_list(command, "--noise", options.noises, "Noise levels on [0, 1], such as 0,0.05; default 0")
      ->delimiter(',');
  add_list(command, "--solver", request.solvers,
           "A method with its settings, such as 'dps(zeta=0.3)', or pseudo-inverse; may be "
           "repeated; the first is compared with the others; default: all");
  add_list(command, "--prior", options.priors,
           "natural (default), natural-s or a checkpoint's file or folder; may be repeated");
  command.add_option("--seed", request.seeds, "Seeds, such as 0,1,2; default 0")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--count", request.count, "Only the first so many pictures");
  command.add_option("--crop", request.crop, "Use the centre of so many rows and columns; 0: all");
  add_list(command, "--limit", request.limits,
           "SOLVER=PICTURES: only the first so many pictures for a slow solver; may be repeated");
  add_list(command, "--reuse", options.folders_to_reuse,
           "The folder of another bench: its results are taken over where picture, task, noise, "
           "prior, seed and the solver's settings are the same; may be repeated");
  add_lpips_option(command, options.lpips);
  command.add_option(
      "--report", options.report,
      "Write the reports of a bench's folder anew, from what it has computed so far");
}

}  // namespace

void add_bench(CLI::App& program, const Session& session) {
  auto options = std::make_shared<Options>();
  options->request.kept_pictures = kKeptPictures;
  CLI::App& command = add_command(
      program, "bench", "Compare solvers on many pictures, tasks and noise levels",
      "modeseek bench photos/ -o result --task 'inpaint(random:0.7)' --task 'sr(4,mean)' --noise "
      "0,0.05 --crop 128");
  add_grid_options(command, *options);
  const std::string expert = expert_group(session);
  command
      .add_option("--batch", options->request.batch,
                  "Pictures of one size that are restored at once; default 1")
      ->check(CLI::Range(1, 1024))
      ->group(expert);
  command
      .add_option("--keep", options->request.kept_pictures,
                  "Keep the results of the first so many pictures and show them; default 2")
      ->group(expert);
  add_threads_option(command, session, options->threads);
  command.callback([options, &session] { run(*options, session); });
}

}  // namespace modeseek::app
