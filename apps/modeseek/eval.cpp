#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "exit_status.hpp"
#include "options.hpp"
#include "prior_options.hpp"
#include "priors/golden.hpp"

namespace modeseek::app {
namespace {

struct Options {
  PriorChoice prior;
  std::string golden;
  double max_error = 2e-4;
  std::string json;
};

void run(const Options& options) {
  if (!options.json.empty()) require_json_target(options.json);
  const LoadedPrior prior = load(options.prior);
  const priors::GoldenErrors errors = priors::compare_with_golden(*prior.denoiser, options.golden);
  if (options.json.empty()) {
    print(fmt::format("denoised   {:.2e}\nvjp        {:.2e}\n", errors.denoised, errors.vjp));
  } else {
    write_json(options.json, {{"denoised", errors.denoised}, {"vjp", errors.vjp}});
  }
  const bool agrees = errors.denoised <= options.max_error && errors.vjp <= options.max_error;
  if (!agrees) {
    throw ExitStatus(1, fmt::format("{} disagrees with {}: more than {:g}", options.prior.prior,
                                    options.golden, options.max_error));
  }
}

}  // namespace

void add_eval(CLI::App& program, const Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      add_command(program, "eval", "Compare a prior with another implementation's results",
                  "modeseek eval --prior checkpoint/ --golden golden.safetensors");
  // The reference was computed in it: bf16 differs from any reference in the third digit.
  options->prior.precision = "float32";
  add_prior_options(command, session, options->prior);
  command
      .add_option("--golden", options->golden,
                  "safetensors file with x, sigma, v, denoised = D(x, sigma) and vjp = J^T v")
      ->required();
  command.add_option("--max-error", options->max_error,
                     "Largest error, in units of the reference's root mean square, that counts as "
                     "agreement (exit code 0; 1 above); default 2e-4");
  command.add_option("--json", options->json,
                     "Write {\"denoised\", \"vjp\"} to this file, - for standard output");
  command.callback([options] { run(*options); });
}

}  // namespace modeseek::app
