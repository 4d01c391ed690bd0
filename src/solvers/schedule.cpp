#include "solvers/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

constexpr double kRho = 7;

}  // namespace

std::vector<float> karras_schedule(int steps, float sigma_max, float sigma_min) {
  if (steps < 1) {
    throw InvalidArgument("steps: expected at least 1, found " + std::to_string(steps));
  }
  if (!(sigma_min > 0) || !(sigma_min <= sigma_max) || !std::isfinite(sigma_max)) {
    throw InvalidArgument("sigma_min, sigma_max: expected 0 < sigma_min <= sigma_max, found " +
                          std::to_string(sigma_min) + " and " + std::to_string(sigma_max));
  }
  const double high = std::pow(static_cast<double>(sigma_max), 1 / kRho);
  const double low = std::pow(static_cast<double>(sigma_min), 1 / kRho);
  std::vector<float> levels(static_cast<std::size_t>(steps));
  for (int i = 1; i + 1 < steps; ++i) {
    const double position = static_cast<double>(i) / (steps - 1);
    levels[static_cast<std::size_t>(i)] =
        static_cast<float>(std::pow(high + position * (low - high), kRho));
  }
  // By assignment, not by the formula: rounding would leave the range that the prior accepts.
  levels.back() = sigma_min;
  levels.front() = sigma_max;
  return levels;
}

std::vector<float> clip_levels(std::vector<float> levels, const NoiseRange& range) {
  for (float& level : levels) level = std::clamp(level, range.min, range.max);
  return levels;
}

}  // namespace modeseek
