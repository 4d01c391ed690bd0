#include "modeseek/fid.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/request.hpp"
#include "commands.hpp"
#include "interrupt.hpp"
#include "modeseek/error.hpp"
#include "modeseek/restore.hpp"
#include "options.hpp"
#include "report/progress_bar.hpp"
#include "restoration/paths.hpp"

namespace modeseek::app {
namespace {

struct Options {
  std::string a;
  std::string b;
  std::string weights;
  std::string json;
  int threads = 0;
};

void add_picture(const std::string& path, Inception& inception, FeatureStatistics& statistics) {
  const Image picture = read_picture(path, available_memory());
  try {
    statistics.add(inception.features(picture.pixels));
  } catch (const InvalidArgument& error) {
    throw InvalidArgument(path + ": " + error.what());
  }
}

FeatureStatistics statistics_of(const std::string& folder, Inception& inception) {
  const std::vector<std::string> paths = bench::picture_paths({folder}, std::nullopt);
  if (paths.size() < 2) {
    throw InvalidArgument(folder + ": expected at least two pictures, found " +
                          std::to_string(paths.size()));
  }
  std::optional<report::ProgressBar> bar;
  if (on_terminal()) bar.emplace(folder, write_to_terminal);
  FeatureStatistics statistics;
  for (const std::string& path : paths) {
    stop_if_interrupted();
    add_picture(path, inception, statistics);
    if (bar) bar->update({static_cast<int>(statistics.count()), static_cast<int>(paths.size())});
  }
  return statistics;
}

void run(const Options& options) {
  if (!options.json.empty()) require_json_target(options.json);
  apply_threads(options.threads);
  Inception inception(options.weights);
  const FeatureStatistics a = statistics_of(options.a, inception);
  const FeatureStatistics b = statistics_of(options.b, inception);
  const double fid = frechet_distance(a, b);
  if (options.json.empty()) {
    print(fmt::format("FID {:.4f} of {} and {} pictures\n", fid, a.count(), b.count()));
  } else {
    write_json(options.json, {{"fid", fid}, {"pictures", {a.count(), b.count()}}});
  }
}

}  // namespace

void add_fid(CLI::App& program, const Session& session) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(program, "fid", "Frechet Inception distance of two folders",
                                  "modeseek fid restored/ photos/ --weights inception.safetensors");
  command.add_option("a", options->a, "A folder of pictures")->required();
  command.add_option("b", options->b, "Another")->required();
  command
      .add_option("--weights", options->weights,
                  "Weights of the Inception that FID is defined by (docs/metrics.md)")
      ->required();
  command.add_option("--json", options->json,
                     "Write {\"fid\", \"pictures\"} to this file, - for standard output");
  add_threads_option(command, session, options->threads);
  command.callback([options] { run(*options); });
}

}  // namespace modeseek::app
