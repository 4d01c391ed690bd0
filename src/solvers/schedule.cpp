#include "solvers/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

constexpr double kRho = 7;
constexpr double kBetaMin = 0.1;
constexpr double kBetaRise = 19.9;

double vp_time(double sigma) {
  const double integral = std::log1p(sigma * sigma);
  return (std::sqrt(kBetaMin * kBetaMin + 2 * kBetaRise * integral) - kBetaMin) / kBetaRise;
}

double vp_sigma(double time) {
  return std::sqrt(std::expm1(kBetaRise / 2 * time * time + kBetaMin * time));
}

void check_ends(float sigma_max, float sigma_min) {
  if (!(sigma_min > 0) || !(sigma_min <= sigma_max) || !std::isfinite(sigma_max)) {
    throw InvalidArgument("sigma_min, sigma_max: expected 0 < sigma_min <= sigma_max, found " +
                          std::to_string(sigma_min) + " and " + std::to_string(sigma_max));
  }
}

void check_levels(int steps, float sigma_max, float sigma_min) {
  if (steps < 1 || steps > max_steps) {
    throw InvalidArgument("steps: expected 1 to " + std::to_string(max_steps) + ", found " +
                          std::to_string(steps));
  }
  check_ends(sigma_max, sigma_min);
}

/// Levels from `high` down to `low`, evenly spaced in some coordinate. `level` maps it to sigma.
template <typename Level>
std::vector<float> spaced(int steps, float sigma_max, float sigma_min, double high, double low,
                          Level level) {
  std::vector<float> levels(static_cast<std::size_t>(steps));
  for (int i = 1; i + 1 < steps; ++i) {
    const double position = static_cast<double>(i) / (steps - 1);
    levels[static_cast<std::size_t>(i)] = static_cast<float>(level(high + position * (low - high)));
  }
  // By assignment, not by the formula: rounding would leave the range that the prior accepts.
  levels.back() = sigma_min;
  levels.front() = sigma_max;
  return levels;
}

}  // namespace

std::vector<float> karras_schedule(int steps, float sigma_max, float sigma_min) {
  check_levels(steps, sigma_max, sigma_min);
  return spaced(steps, sigma_max, sigma_min, std::pow(static_cast<double>(sigma_max), 1 / kRho),
                std::pow(static_cast<double>(sigma_min), 1 / kRho),
                [](double root) { return std::pow(root, kRho); });
}

std::vector<float> vp_schedule(int steps, float sigma_max, float sigma_min) {
  check_levels(steps, sigma_max, sigma_min);
  return spaced(steps, sigma_max, sigma_min, vp_time(static_cast<double>(sigma_max)),
                vp_time(static_cast<double>(sigma_min)), vp_sigma);
}

std::vector<float> log_schedule(int steps, float sigma_max, float sigma_min, float knee) {
  check_levels(steps, sigma_max, sigma_min);
  if (!(knee > 0) || !std::isfinite(knee)) {
    throw InvalidArgument("knee: expected a positive number, found " + std::to_string(knee));
  }
  const auto bounded = [&](double sigma) {
    return sigma / (1 + sigma / static_cast<double>(knee));
  };
  return spaced(steps, sigma_max, sigma_min, std::log(bounded(static_cast<double>(sigma_max))),
                std::log(bounded(static_cast<double>(sigma_min))), [&](double logarithm) {
                  const double value = std::exp(logarithm);
                  return value / (1 - value / static_cast<double>(knee));
                });
}

LevelEnds ends_within(const NoiseRange& range, float sigma_max, float sigma_min) {
  check_ends(sigma_max, sigma_min);
  const float high = std::clamp(sigma_max, range.min, range.max);
  return {high, std::clamp(sigma_min, range.min, high)};
}

}  // namespace modeseek
