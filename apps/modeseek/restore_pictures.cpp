#include "restore_pictures.hpp"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <future>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "core/threads.hpp"
#include "interrupt.hpp"
#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"
#include "modeseek/prior.hpp"
#include "modeseek/restore.hpp"
#include "options.hpp"
#include "report/progress_bar.hpp"
#include "report/run_record.hpp"
#include "report/text.hpp"
#include "restoration/deviation_picture.hpp"
#include "restoration/memory.hpp"
#include "restoration/paths.hpp"
#include "restoration/reference.hpp"

namespace modeseek::app {
namespace {

/// The files of one picture; empty where not asked for.
struct Paths {
  std::string input;
  std::string output;
  std::string reference;
  std::string uncertainty;
};

std::vector<Paths> plan_paths(const RestoreOptions& options) {
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

/// Throws InvalidArgument when one result would replace another, or the clean picture.
void require_distinct(const RestoreOptions& options, const std::vector<Paths>& all) {
  std::set<std::filesystem::path> taken;
  const auto take = [&taken](const std::string& option, const std::string& path) {
    if (path.empty()) return;
    std::error_code error;
    const auto place = std::filesystem::weakly_canonical(path, error);
    if (!taken.insert(error ? std::filesystem::path(path) : place).second) {
      throw InvalidArgument(option + ": '" + path + "' is already the place of another file");
    }
  };
  for (const Paths& paths : all) {
    take("--output", paths.output);
    take("--reference", paths.reference);
    take("--uncertainty", paths.uncertainty);
  }
  if (options.json != "-") take("--json", options.json);
}

/// Before the work starts: hours of it must not end with a folder that cannot be written.
void require_targets(const RestoreOptions& options, const std::vector<Paths>& all) {
  require_distinct(options, all);
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

/// Pictures of more bytes, once read, are not held beside the one that is restored: they would take
/// memory that counts.
constexpr std::uint64_t kBytesBeside = std::uint64_t{1} << 26;

/// A picture on its way to the solver: all that takes no evaluation of the prior.
struct Prepared {
  Image measurement;
  PosedTask posed;
  NoiseChoice noise;
  Tensor reference;  ///< empty where not asked for
};

/// What is kept of a picture once its files are written.
struct Written {
  report::ImageRecord record;
  std::string line;
};

class Restoration {
 public:
  Restoration(const RestoreOptions& options, const Session& session)
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
    try {
      restore_all();
    } catch (...) {
      finish_writing_quietly();
      throw;
    }
    if (!options_.json.empty()) write_json(options_.json, report::run_json(record_, images_));
  }

 private:
  void restore_all() {
    Prepared picture = prepare(paths_[0], available_memory());
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      stop_if_interrupted();
      const bool last = i + 1 == paths_.size();
      const bool overlaps = has_room_beside(picture);
      std::future<std::optional<Prepared>> next;
      if (!last && overlaps) next = prepare_beside(paths_[i + 1]);
      Restored restored = solve(paths_[i], picture);
      finish_writing();
      writing_ = write_beside(paths_[i], std::move(restored), std::move(picture.reference));
      if (!overlaps) finish_writing();
      picture = {};
      if (last) break;
      std::optional<Prepared> ready;
      if (next.valid()) ready = next.get();
      picture = ready ? std::move(*ready) : prepare(paths_[i + 1], available_memory());
    }
    finish_writing();
  }

  bool has_room_beside(const Prepared& picture) const {
    const auto values = static_cast<std::uint64_t>(picture.posed.picture.count());
    return options_.max_memory.empty() && values * sizeof(float) <= kBytesBeside;
  }

  /// Nothing when the picture is too large to be read before its turn.
  std::future<std::optional<Prepared>> prepare_beside(const Paths& paths) const {
    return std::async(std::launch::async, [this, &paths]() -> std::optional<Prepared> {
      set_threads(1);  // this thread's: the solver has the others
      try {
        return prepare(paths, kBytesBeside);
      } catch (const OutOfMemory&) {
        return std::nullopt;
      }
    });
  }

  Prepared prepare(const Paths& paths, std::uint64_t max_bytes) const {
    Prepared picture;
    picture.measurement = read_picture(paths.input, max_bytes);
    picture.posed = pose_named(paths, picture.measurement);
    picture.noise = choose_noise(picture.posed, picture.measurement, noise_);
    picture.reference = read_reference(paths, picture.posed, max_bytes);
    return picture;
  }

  /// A mismatch of shapes is the file's fault as the user sees it: the message names the file.
  PosedTask pose_named(const Paths& paths, const Image& measurement) const {
    try {
      return pose(task_, measurement.pixels.shape(), prior_.denoiser->constraints(), size_);
    } catch (const InvalidArgument& error) {
      throw FileError(paths.input, error.what());
    }
  }

  Tensor read_reference(const Paths& paths, const PosedTask& posed, std::uint64_t max_bytes) const {
    if (paths.reference.empty()) return {};
    try {
      const Image clean = read_picture(paths.reference, max_bytes);
      return matching_reference(clean.pixels, task_, posed);
    } catch (const InvalidArgument& error) {
      throw FileError(paths.reference, error.what());
    }
  }

  Restored solve(const Paths& paths, const Prepared& picture) {
    const auto solver = make_solver(options_.solver, *picture.posed.op, picture.noise.level);
    record_.solver = solver->name();
    record_.settings = solver->settings();
    RunOptions run_options;
    run_options.seed = options_.seed;
    run_options.deviation_probes = paths.uncertainty.empty() ? 0 : options_.uncertainty_probes;
    fit_memory(picture.posed, *prior_.denoiser, *solver, run_options, max_memory_);
    note_memory(*prior_.denoiser, picture.posed.op->domain(),
                solver->expected_evaluations().second > 0 || run_options.deviation_probes > 0);
    return solve_with_bar(paths.input, picture, *solver, std::move(run_options));
  }

  /// Tells of the picture before, once that is written, and then of this one.
  Restored solve_with_bar(const std::string& name, const Prepared& picture, const Solver& solver,
                          RunOptions run_options) {
    std::optional<report::ProgressBar> bar;
    bool announced = false;
    const auto announce = [&] {
      finish_writing();
      tell(name + ": noise " + report::both_scales(picture.noise.level) + ", " +
           to_string(picture.noise.source));
      if (on_terminal() && !options_.quiet) bar.emplace(name, write_to_terminal);
      announced = true;
    };
    if (!is_writing()) announce();
    run_options.progress = [&](const Progress& progress) {
      if (!announced && !is_writing()) announce();
      if (bar) bar->update(progress);
      return !interrupted();
    };
    Restored restored = restore_best(picture.posed, picture.measurement, picture.noise,
                                     *prior_.denoiser, solver, run_options, options_.restarts);
    if (!announced) announce();
    return restored;
  }

  std::future<Written> write_beside(const Paths& paths, Restored restored, Tensor reference) const {
    return std::async(std::launch::async, [this, &paths, restored = std::move(restored),
                                           reference = std::move(reference),
                                           metadata = report::picture_metadata(record_)] {
      set_threads(1);
      write(paths, restored, metadata);
      return written(paths, restored, reference);
    });
  }

  bool is_writing() const {
    return writing_.valid() &&
           writing_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
  }

  /// Waits for the picture that is being written, if any, and tells of it.
  void finish_writing() {
    if (!writing_.valid()) return;
    Written last = writing_.get();
    tell(last.line);
    images_.push_back(std::move(last.record));
  }

  /// The same when an error is on its way to the user already: another one must not replace it.
  void finish_writing_quietly() {
    try {
      finish_writing();
    } catch (const Cancelled&) {
    } catch (const std::exception& error) {
      note(std::string("modeseek: ") + error.what());
    }
  }

  void write(const Paths& paths, const Restored& restored,
             const std::map<std::string, std::string>& metadata) const {
    uninterrupted([&] {
      write_picture(paths.output, restored.image, options_.bits, metadata);
      if (!paths.uncertainty.empty()) write_deviation(paths.uncertainty, *restored.deviation);
    });
  }

  static Written written(const Paths& paths, const Restored& restored, const Tensor& reference) {
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
    std::string line = fmt::format(
        "{}: {}residual {:.2f} of the noise, {} network evaluations{}, {}", paths.output, quality,
        restored.certificate.residual_ratio, restored.denoiser_evaluations,
        vjp > 0 ? fmt::format(" and {} gradients", vjp) : std::string(),
        report::duration(restored.seconds));
    return {std::move(image), std::move(line)};
  }

  void tell(const std::string& text) const {
    if (!options_.quiet) note(text);
  }

  const RestoreOptions& options_;
  std::optional<float> noise_;
  Task task_;
  std::optional<Size> size_;
  std::uint64_t max_memory_;
  std::vector<Paths> paths_;
  LoadedPrior prior_;
  report::RunRecord record_;
  std::vector<report::ImageRecord> images_;
  std::future<Written> writing_;  ///< the last picture restored; waits for it when destroyed
};

}  // namespace

void restore_pictures(const RestoreOptions& options, const Session& session) {
  Restoration(options, session).run();
}

}  // namespace modeseek::app
