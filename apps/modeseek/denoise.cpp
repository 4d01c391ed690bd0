#include <cstdint>
#include <memory>

#include "commands.hpp"
#include "interrupt.hpp"
#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"
#include "modeseek/restore.hpp"
#include "options.hpp"
#include "prior_options.hpp"
#include "report/build_info.hpp"
#include "restoration/paths.hpp"

namespace modeseek::app {
namespace {

struct Options {
  std::string input;
  std::string output;
  std::string sigma;
  PriorChoice prior;
  std::string max_memory;
  int bits = 0;
  int threads = 0;
};

void run(const Options& options, const Session& session) {
  const float sigma = parse_noise(options.sigma, "--sigma");
  const std::uint64_t max_memory = parse_memory(options.max_memory);
  uninterrupted([&] { require_writable_picture(options.output); });
  apply_threads(options.threads);
  const LoadedPrior prior = load(options.prior);
  const Image noisy = read_picture(options.input, available_memory());
  const Image clean = denoise(noisy, *prior.denoiser, sigma, max_memory);
  note_memory(*prior.denoiser, clean.pixels.shape(), false);
  uninterrupted([&] {
    write_picture(options.output, clean, options.bits,
                  {{"Software", "modeseek " + report::version()},
                   {"modeseek:command", session.command_line},
                   {"modeseek:prior", prior.info.name + " " + prior.info.hash}});
  });
}

}  // namespace

void add_denoise(CLI::App& program, const Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      add_command(program, "denoise", "Remove white noise by one evaluation of the prior",
                  "modeseek denoise noisy.png -o clean.png --sigma 0.1");
  command.add_option("input", options->input, "Noisy picture")->required();
  command.add_option("-o,--output", options->output, "Denoised picture")->required();
  command.add_option("--sigma", options->sigma, "Standard deviation of the noise, on [0, 1]")
      ->required();
  add_prior_options(command, session, options->prior);
  command.add_option("--bits", options->bits, "Bits of the file: 8, 16 or 32 (float)")
      ->check(CLI::IsMember({8, 16, 32}))
      ->group(expert_group(session));
  add_memory_option(command, options->max_memory);
  add_threads_option(command, session, options->threads);
  command.callback([options, &session] { run(*options, session); });
}

}  // namespace modeseek::app
