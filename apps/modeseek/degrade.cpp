#include <memory>

#include "commands.hpp"
#include "interrupt.hpp"
#include "modeseek/error.hpp"
#include "modeseek/restore.hpp"
#include "options.hpp"
#include "report/build_info.hpp"
#include "restoration/paths.hpp"

namespace modeseek::app {
namespace {

struct Options {
  std::string input;
  std::string output;
  std::string task;
  std::string noise = "0";
  std::uint64_t seed = 0;
  int bits = 0;
};

void require_room_for(const Operator& op, const std::string& output) {
  if (!op.range_is_image() && is_image_path(output)) {
    throw InvalidArgument(output + ": the measurement is no picture, write it to an .npy file");
  }
}

void note_crop(const Image& clean, const Shape& used, const std::string& input) {
  const Shape& whole = clean.pixels.shape();
  if (used.h == whole.h && used.w == whole.w) return;
  note(input + ": cropped from " + std::to_string(whole.h) + "x" + std::to_string(whole.w) +
       " to " + std::to_string(used.h) + "x" + std::to_string(used.w) + " to fit the task");
}

void run(const Options& options, const Session& session) {
  const float noise = parse_noise(options.noise, "--noise");
  const Task task = Task::parse(options.task);
  uninterrupted([&] { require_writable_picture(options.output); });
  const Image clean = read_picture(options.input, available_memory());
  const Shape used = task.fitting_shape(clean.pixels.shape());
  require_room_for(*task.build(used), options.output);
  const Image measurement = degrade(clean, task, noise, options.seed);
  note_crop(clean, used, options.input);
  uninterrupted([&] {
    write_picture(options.output, measurement, options.bits,
                  {{"Software", "modeseek " + report::version()},
                   {"modeseek:command", session.command_line},
                   {"modeseek:task", task.text()}});
  });
}

}  // namespace

void add_degrade(CLI::App& program, const Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      program, "degrade", "Make a measurement from a clean picture",
      "modeseek degrade photo.png -o blurred.png --task 'blur(gaussian:13,2)' --noise 0.02");
  command.add_option("input", options->input, "Clean picture, or .npy with values on [-1, 1]")
      ->required();
  command.add_option("-o,--output", options->output, "Measurement: a picture or an .npy file")
      ->required();
  add_task_option(command, options->task)->required();
  command.add_option("--noise", options->noise, "Noise to add, on [0, 1]; default 0");
  command.add_option("--seed", options->seed, "Seed of the noise; default 0");
  command.add_option("--bits", options->bits, "Bits of the file: 8, 16 or 32 (float)")
      ->check(CLI::IsMember({8, 16, 32}))
      ->group(expert_group(session));
  command.callback([options, &session] { run(*options, session); });
}

}  // namespace modeseek::app
