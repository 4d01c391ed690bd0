#include "modeseek/metrics.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "commands.hpp"
#include "lpips_option.hpp"
#include "modeseek/error.hpp"
#include "modeseek/restore.hpp"
#include "options.hpp"
#include "report/run_record.hpp"
#include "report/text.hpp"
#include "restoration/paths.hpp"

namespace modeseek::app {
namespace {

struct Options {
  std::string a;
  std::string b;
  std::string lpips;
  std::string json;
};

void run(const Options& options) {
  if (!options.json.empty()) require_json_target(options.json);
  const Image a = read_picture(options.a, available_memory());
  const Image b = read_picture(options.b, available_memory());
  if (a.pixels.shape() != b.pixels.shape()) {
    throw InvalidArgument(options.b + ": " + to_string(b.pixels.shape()) + ", but " + options.a +
                          " is " + to_string(a.pixels.shape()));
  }
  const report::Quality quality{psnr(a.pixels, b.pixels), ssim(a.pixels, b.pixels)};
  std::optional<double> distance;
  if (const auto lpips = load_lpips(options.lpips)) {
    require_comparable(*lpips, a.pixels.shape(), options.a);
    distance = (*lpips)(a.pixels, b.pixels);
  }
  if (options.json.empty()) {
    print(fmt::format("PSNR {} dB\nSSIM {:.4f}\n", report::decibel(quality.psnr), quality.ssim));
    if (distance) print(fmt::format("LPIPS {:.4f}\n", *distance));
  } else {
    report::Json json = report::quality_json(quality);
    if (distance) json["lpips"] = *distance;
    write_json(options.json, json);
  }
}

}  // namespace

void add_metrics(CLI::App& program, const Session&) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      add_command(program, "metrics", "PSNR, SSIM and LPIPS of two pictures",
                  "modeseek metrics restored.png photo.png --lpips alex.safetensors");
  command.add_option("a", options->a, "A picture")->required();
  command.add_option("b", options->b, "Another of the same size and channels")->required();
  add_lpips_option(command, options->lpips);
  command.add_option(
      "--json", options->json,
      "Write {\"psnr\", \"ssim\", \"lpips\"} to this file, - for standard output; the PSNR of "
      "equal pictures, infinite, is null");
  command.callback([options] { run(*options); });
}

}  // namespace modeseek::app
