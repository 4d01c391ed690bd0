#include "priors/convert.hpp"

#include <map>
#include <memory>
#include <optional>

#include "checkpoints/checkpoint.hpp"
#include "commands.hpp"
#include "interrupt.hpp"
#include "metrics/convert_weights.hpp"
#include "modeseek/error.hpp"
#include "options.hpp"
#include "prior_options.hpp"

namespace modeseek::app {
namespace {

using checkpoints::DType;

struct Options {
  std::string input;
  std::string output;
  std::optional<DType> type;
  std::vector<std::string> settings;
};

void run_metric(const checkpoints::Checkpoint& weights, const Options& options) {
  if (!options.settings.empty()) {
    throw InvalidArgument("--prior-setting: " + options.input + " holds a metric's weights");
  }
  uninterrupted([&] { metrics::convert_weights(weights, options.output, options.type); });
}

void run(const Options& options) {
  const checkpoints::Checkpoint checkpoint = checkpoints::open_checkpoint(options.input);
  if (!metrics::weights_family(checkpoint).empty()) {
    run_metric(checkpoint, options);
    return;
  }
  PriorOptions prior;
  prior.settings = parse_settings(options.settings);
  uninterrupted([&] {
    for (const std::string& line :
         priors::convert_checkpoint(options.input, options.output, options.type, prior)) {
      note("prior: " + line);
    }
  });
}

}  // namespace

void add_convert(CLI::App& program, const Session& session) {
  static const std::map<std::string, DType> types{
      {"f32", DType::f32}, {"f16", DType::f16}, {"bf16", DType::bf16}};
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      program, "convert", "Turn a checkpoint, or a metric's weights, into one self-describing file",
      "modeseek convert network.pkl network.safetensors --dtype f16");
  command
      .add_option("input", options->input,
                  "Checkpoint: a file or a folder; or weights of LPIPS or FID (docs/metrics.md)")
      ->required();
  command.add_option("output", options->output, "safetensors file to write")->required();
  command
      .add_option("--dtype", options->type,
                  "Precision of matrices and convolutions: f32, f16 or bf16; default: as it is")
      ->transform(CLI::CheckedTransformer(types));
  add_prior_setting_option(command, session, options->settings);
  command.callback([options] { run(*options); });
}

}  // namespace modeseek::app
