#include "solvers/peer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "solvers/schedule.hpp"

namespace modeseek {
namespace {

constexpr int kMaxSteps = 100000;

const char* word(Spacing spacing) { return spacing == Spacing::vp ? "vp" : "karras"; }

}  // namespace

Peer::Peer(std::string name, std::string settings, const EvaluationCount& planned)
    : name_(std::move(name)), settings_(std::move(settings)), planned_(planned) {
  check_count(planned_);
}

Result Peer::solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
                   const RunOptions& options) const {
  Run run(prior, Problem{op, y, noise}, options, planned_);
  return restore(run);
}

std::pair<int, int> Peer::expected_evaluations() const {
  return {static_cast<int>(planned_.forward), static_cast<int>(planned_.vjp)};
}

std::vector<SolverSetting> level_settings(const LevelOptions& standard) {
  return {{"steps", fmt::format("{}", standard.steps), "noise levels"},
          {"spacing", word(standard.spacing),
           "vp: levels evenly in the time of a DDPM; karras: as EDM"},
          {"sigma_max", fmt::format("{}", standard.sigma_max), "first noise level, on [-1, 1]"},
          {"sigma_min", fmt::format("{}", standard.sigma_min), "last noise level"}};
}

LevelOptions read_levels(SettingsReader& settings, const LevelOptions& standard) {
  LevelOptions options;
  options.steps = settings.integer("steps", standard.steps, 1, kMaxSteps);
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
  // Both ends are moved before the levels are spaced: moving the levels one by one would repeat
  // the ends.
  const float high = std::clamp(options.sigma_max, range.min, range.max);
  const float low = std::clamp(options.sigma_min, range.min, high);
  std::vector<float> levels = options.spacing == Spacing::vp
                                  ? vp_schedule(options.steps, high, low)
                                  : karras_schedule(options.steps, high, low);
  levels.push_back(0.0F);
  return levels;
}

Tensor start(const Run& run, float sigma) {
  return sigma * run.noise().normal(run.problem().unknown(), SampleNoise::Purpose::start, 0);
}

Tensor fresh_noise(const Run& run, std::uint64_t index) {
  return run.noise().normal(run.problem().unknown(), SampleNoise::Purpose::transition, index);
}

}  // namespace modeseek
