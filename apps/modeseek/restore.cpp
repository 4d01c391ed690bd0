#include "modeseek/restore.hpp"

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "commands.hpp"
#include "interrupt.hpp"
#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"
#include "modeseek/prior.hpp"
#include "options.hpp"
#include "prior_options.hpp"
#include "report/progress_bar.hpp"
#include "report/run_record.hpp"
#include "report/text.hpp"
#include "restoration/deviation_picture.hpp"
#include "restoration/memory.hpp"
#include "restoration/paths.hpp"
#include "restoration/reference.hpp"

namespace modeseek::app {
namespace {

struct Options {
  std::vector<std::string> inputs;
  std::string output;
  std::string task;
  std::string noise = "auto";
  PriorChoice prior;
  std::string max_memory;
  SolverOptions solver;
  std::uint64_t seed = 0;
  int restarts = 1;
  std::string size;
  std::string reference;
  std::string uncertainty;
  int uncertainty_probes = 8;
  std::string json;
  int bits = 0;
  int threads = 0;
  bool quiet = false;
};

/// The files of one picture; empty where not asked for.
struct Paths {
  std::string input;
  std::string output;
  std::string reference;
  std::string uncertainty;
};

std::vector<Paths> plan_paths(const Options& options) {
  const auto outputs = result_paths(options.inputs, options.output);
  std::vector<std::string> references(outputs.size());
  std::vector<std::string> uncertainties(outputs.size());
  if (!options.reference.empty()) references = result_paths(options.inputs, options.reference);
  if (!options.uncertainty.empty())
    uncertainties = result_paths(options.inputs, options.uncertainty);
  std::vector<Paths> paths;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    paths.push_back({options.inputs[i], outputs[i], references[i], uncertainties[i]});
  }
  return paths;
}

/// Before the work starts: hours of it must not end with a folder that cannot be written.
void require_targets(const Options& options, const std::vector<Paths>& all) {
  uninterrupted([&] {
    for (const Paths& paths : all) {
      const bool into_folder = paths.output != options.output;
      require_writable_picture(paths.output, into_folder);
      if (!paths.uncertainty.empty()) {
        require_writable_picture(paths.uncertainty, paths.uncertainty != options.uncertainty);
      }
    }
  });
  if (!options.json.empty()) require_json_target(options.json);
}

class Restoration {
 public:
  Restoration(const Options& options, const Session& session)
      : options_(options),
        noise_(parse_noise_or_auto(options.noise, "--noise")),
        task_(Task::parse(options.task)),
        size_(options.size.empty() ? std::nullopt
                                   : std::optional<Size>(parse_size(options.size, "--size"))),
        max_memory_(parse_memory(options.max_memory)),
        paths_(plan_paths(options)) {
    apply_threads(options.threads);
    require_targets(options, paths_);
    prior_ = load(options.prior);
    record_.command = session.command_line;
    record_.prior = prior_.info;
    record_.task = task_.text();
    record_.seed = options.seed;
  }

  void run() {
    for (const Paths& paths : paths_) {
      stop_if_interrupted();
      restore_one(paths);
    }
    if (!options_.json.empty()) write_json(options_.json, report::run_json(record_, images_));
  }

 private:
  void restore_one(const Paths& paths) {
    const Image measurement = read_picture(paths.input, available_memory());
    const PosedTask posed = pose_named(paths, measurement);
    const NoiseChoice noise = choose_noise(posed, measurement, noise_);
    const auto solver = make_solver(options_.solver, *posed.op, noise.level);
    record_.solver = solver->name();
    record_.settings = solver->settings();
    const Tensor reference = read_reference(paths, posed);
    RunOptions run_options;
    run_options.seed = options_.seed;
    run_options.deviation_probes = paths.uncertainty.empty() ? 0 : options_.uncertainty_probes;
    fit_memory(posed, *prior_.denoiser, *solver, run_options, max_memory_);
    note_memory(*prior_.denoiser, posed.op->domain(),
                solver->expected_evaluations().second > 0 || run_options.deviation_probes > 0);
    tell(paths.input + ": noise " + report::both_scales(noise.level) + ", " +
         to_string(noise.source));
    const Restored restored =
        solve_with_bar(posed, measurement, noise, *solver, run_options, paths.input);
    write(paths, restored);
    keep(paths, restored, reference);
  }

  /// A mismatch of shapes is the file's fault as the user sees it: the message names the file.
  PosedTask pose_named(const Paths& paths, const Image& measurement) const {
    try {
      return pose(task_, measurement.pixels.shape(), prior_.denoiser->constraints(), size_);
    } catch (const InvalidArgument& error) {
      throw FileError(paths.input, error.what());
    }
  }

  Tensor read_reference(const Paths& paths, const PosedTask& posed) const {
    if (paths.reference.empty()) return {};
    try {
      const Image clean = read_picture(paths.reference, available_memory());
      return matching_reference(clean.pixels, task_, posed);
    } catch (const InvalidArgument& error) {
      throw FileError(paths.reference, error.what());
    }
  }

  Restored solve_with_bar(const PosedTask& posed, const Image& measurement,
                          const NoiseChoice& noise, const Solver& solver, RunOptions run_options,
                          const std::string& label) {
    std::optional<report::ProgressBar> bar;
    if (on_terminal() && !options_.quiet) bar.emplace(label, write_to_terminal);
    run_options.progress = [&bar](const Progress& progress) {
      if (bar) bar->update(progress);
      return !interrupted();
    };
    return restore_best(posed, measurement, noise, *prior_.denoiser, solver, run_options,
                        options_.restarts);
  }

  void write(const Paths& paths, const Restored& restored) {
    uninterrupted([&] {
      write_picture(paths.output, restored.image, options_.bits, report::picture_metadata(record_));
      if (!paths.uncertainty.empty()) write_deviation(paths.uncertainty, *restored.deviation);
    });
  }

  void keep(const Paths& paths, const Restored& restored, const Tensor& reference) {
    report::ImageRecord image{paths.input,
                              paths.output,
                              std::nullopt,
                              std::nullopt,
                              restored.noise,
                              restored.certificate,
                              restored.denoiser_evaluations,
                              restored.vjp_evaluations,
                              restored.seconds};
    std::string quality;
    if (!reference.empty()) {
      // Of the file as written, clipping and rounding included.
      const Tensor written = read_picture(paths.output).pixels;
      image.quality = {psnr(written, reference), ssim(written, reference)};
      quality = fmt::format("PSNR {} dB, SSIM {:.4f}, ", report::decibel(image.quality->psnr),
                            image.quality->ssim);
      if (restored.deviation) {
        image.coverage = coverage(restored.image.pixels, *restored.deviation, reference);
        quality += fmt::format("{:.0f}, {:.0f}, {:.0f} % within 1, 2, 3 deviations, ",
                               100 * (*image.coverage)[0], 100 * (*image.coverage)[1],
                               100 * (*image.coverage)[2]);
      }
    }
    const int vjp = restored.vjp_evaluations;
    tell(fmt::format("{}: {}residual {:.2f} of the noise, {} network evaluations{}, {}",
                     paths.output, quality, restored.certificate.residual_ratio,
                     restored.denoiser_evaluations,
                     vjp > 0 ? fmt::format(" and {} gradients", vjp) : std::string(),
                     report::duration(restored.seconds)));
    images_.push_back(std::move(image));
  }

  void tell(const std::string& text) const {
    if (!options_.quiet) note(text);
  }

  const Options& options_;
  std::optional<float> noise_;
  Task task_;
  std::optional<Size> size_;
  std::uint64_t max_memory_;
  std::vector<Paths> paths_;
  LoadedPrior prior_;
  report::RunRecord record_;
  std::vector<report::ImageRecord> images_;
};

void add_common_options(CLI::App& command, const Session& session, Options& options) {
  command.add_option("inputs", options.inputs, "Damaged pictures, or measurements as .npy")
      ->required();
  command
      .add_option("-o,--output", options.output,
                  "Restored picture; for several inputs a folder, created if missing")
      ->required();
  add_task_option(command, options.task)->required();
  command.add_option("--noise", options.noise,
                     "Standard deviation of the noise on [0, 1], or auto (default): estimated");
  add_prior_options(command, session, options.prior);
  add_memory_option(command, options.max_memory);
  command.add_option("--seed", options.seed, "Seed of the solver's noise; default 0");
  command
      .add_option("--restarts", options.restarts,
                  "Runs with successive seeds, of which the one of smallest residual is kept; for "
                  "phase-retrieval; default 1")
      ->check(CLI::Range(1, 1000))
      ->group(expert_group(session));
  command.add_option("--reference", options.reference,
                     "Clean picture to compare with; for several inputs a folder");
  command.add_option("--uncertainty", options.uncertainty,
                     "Write the standard deviation of every pixel: .npy on [0, 1], or a picture "
                     "in which white is 0.1 or more");
  command.add_option("--json", options.json,
                     "Write settings and results to this file, - for standard output");
  command.add_flag("-q,--quiet", options.quiet, "Print nothing but errors");
}

}  // namespace

void add_restore(CLI::App& program, const Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      program, "restore", "Restore damaged pictures",
      "modeseek restore small.png -o large.png --task 'sr(4,bicubic)' --reference photo.png");
  add_common_options(command, session, *options);
  add_solver_options(command, session, options->solver);
  command
      .add_option("--uncertainty-probes", options->uncertainty_probes,
                  "Random probes for --uncertainty, eight gradients each; default 8")
      ->check(CLI::Range(1, 100000))
      ->group(expert_group(session));
  command
      .add_option("--size", options->size,
                  "Rows x columns of the restored picture, for tasks whose measurement does not "
                  "tell it (cs, ct, matrix, stack)")
      ->group(expert_group(session));
  command.add_option("--bits", options->bits, "Bits of the result's file: 8, 16 or 32 (float)")
      ->check(CLI::IsMember({8, 16, 32}))
      ->group(expert_group(session));
  add_threads_option(command, session, options->threads);
  command.callback([options, &session] { Restoration(*options, session).run(); });
}

}  // namespace modeseek::app
