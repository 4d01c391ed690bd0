#include "modeseek/sample.hpp"

#include <memory>
#include <optional>

#include "commands.hpp"
#include "interrupt.hpp"
#include "modeseek/prior.hpp"
#include "options.hpp"
#include "prior_options.hpp"
#include "report/build_info.hpp"
#include "report/contact_sheet.hpp"
#include "report/progress_bar.hpp"
#include "restoration/paths.hpp"

namespace modeseek::app {
namespace {

struct Options {
  std::string output;
  std::string size;
  int count = 1;
  SampleOptions sampling;
  PriorChoice prior;
  int threads = 0;
  bool quiet = false;
};

Shape shape_for(const Options& options, const ImageConstraints& prior) {
  Size size{64, 64};
  if (prior.fixed_size) size = {prior.fixed_size->first, prior.fixed_size->second};
  if (!options.size.empty()) size = parse_size(options.size, "--size");
  return {options.count, prior.channels == 0 ? 3 : prior.channels, size.h, size.w};
}

bool is_array(const std::string& path) { return path.ends_with(".npy"); }

void write_samples(const Options& options, const Session& session, const PriorInfo& prior,
                   Tensor samples) {
  Image picture;
  picture.pixels = is_array(options.output) ? std::move(samples) : report::contact_sheet(samples);
  write_picture(options.output, picture, 0,
                {{"Software", "modeseek " + report::version()},
                 {"modeseek:command", session.command_line},
                 {"modeseek:prior", prior.name + " " + prior.hash}});
}

void run(const Options& options, const Session& session) {
  uninterrupted([&] { require_writable_picture(options.output); });
  apply_threads(options.threads);
  const LoadedPrior prior = load(options.prior);
  std::optional<report::ProgressBar> bar;
  if (on_terminal() && !options.quiet) bar.emplace("sampling", write_to_terminal);
  SampleOptions sampling = options.sampling;
  sampling.progress = [&bar](const Progress& progress) {
    if (bar) bar->update(progress);
    return !interrupted();
  };
  Tensor samples =
      sample(*prior.denoiser, shape_for(options, prior.denoiser->constraints()), sampling);
  uninterrupted([&] { write_samples(options, session, prior.info, std::move(samples)); });
}

}  // namespace

void add_sample(CLI::App& program, const Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      add_command(program, "sample", "Pictures drawn from the prior itself, nothing measured",
                  "modeseek sample -o samples.png --size 64x64 --count 9");
  command
      .add_option("-o,--output", options->output,
                  "A picture with all samples side by side, or an .npy array of them")
      ->required();
  command.add_option("--size", options->size,
                     "Rows x columns of a sample; default what the prior is made for, else 64x64");
  command.add_option("--count", options->count, "How many samples; default 1")
      ->check(CLI::Range(1, 10000));
  command.add_option("--seed", options->sampling.seed, "Sample n uses the seed plus n; default 0");
  add_prior_options(command, session, options->prior);
  const std::string expert = expert_group(session);
  command.add_option("--steps", options->sampling.steps, "Noise levels; default 32")
      ->check(CLI::Range(1, 100000))
      ->group(expert);
  command
      .add_option("--sigma-max", options->sampling.sigma_max,
                  "First noise level, on [-1, 1]; default 80")
      ->group(expert);
  command
      .add_option("--sigma-min", options->sampling.sigma_min,
                  "Last noise level, on [-1, 1]; default 0.002")
      ->group(expert);
  command.add_flag("--quiet", options->quiet, "No progress");
  add_threads_option(command, session, options->threads);
  command.callback([options, &session] { run(*options, session); });
}

}  // namespace modeseek::app
