#include "solvers/peer.hpp"

#include <fmt/format.h>

#include "solvers/schedule.hpp"

namespace modeseek {
namespace {

const char* word(Spacing spacing) { return spacing == Spacing::vp ? "vp" : "karras"; }

}  // namespace

std::vector<SolverSetting> level_settings(const LevelOptions& standard) {
  return {{"steps", fmt::format("{}", standard.steps), "noise levels"},
          {"spacing", word(standard.spacing),
           "vp: levels evenly in the time of a DDPM; karras: as EDM"},
          {"sigma_max", fmt::format("{}", standard.sigma_max), "first noise level, on [-1, 1]"},
          {"sigma_min", fmt::format("{}", standard.sigma_min), "last noise level"}};
}

LevelOptions read_levels(SettingsReader& settings, const LevelOptions& standard) {
  LevelOptions options;
  options.steps = settings.integer("steps", standard.steps, 1, max_steps);
  options.spacing =
      settings.choice("spacing", word(standard.spacing), {"vp", "karras"}) == std::string("vp")
          ? Spacing::vp
          : Spacing::karras;
  options.sigma_max = settings.positive("sigma_max", standard.sigma_max);
  options.sigma_min = settings.positive("sigma_min", standard.sigma_min);
  karras_schedule(1, options.sigma_max, options.sigma_min);  // checks their order
  return options;
}

std::vector<float> noise_levels(const LevelOptions& options, const NoiseRange& range) {
  const LevelEnds ends = ends_within(range, options.sigma_max, options.sigma_min);
  std::vector<float> levels = options.spacing == Spacing::vp
                                  ? vp_schedule(options.steps, ends.max, ends.min)
                                  : karras_schedule(options.steps, ends.max, ends.min);
  levels.push_back(0.0F);
  return levels;
}

}  // namespace modeseek
