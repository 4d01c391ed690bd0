#include <memory>

#include "commands.hpp"
#include "options.hpp"
#include "restore_pictures.hpp"

namespace modeseek::app {
namespace {

void add_common_options(CLI::App& command, const Session& session, RestoreOptions& options) {
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
  auto options = std::make_shared<RestoreOptions>();
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
  command.callback([options, &session] { restore_pictures(*options, session); });
}

}  // namespace modeseek::app
