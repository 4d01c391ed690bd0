#include "bench/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "modeseek/random.hpp"

namespace modeseek::bench {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kTail = 0.025;

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// As numpy.quantile does by default.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = place - static_cast<double>(below);
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

}  // namespace

Interval bootstrap_mean(std::span<const double> values, int resamples, std::uint64_t seed) {
  if (values.empty()) return {kUnknown, kUnknown, kUnknown};
  const double mean = mean_of(values);
  const bool finite =
      std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  if (values.size() < 2 || !finite || resamples < 1) return {mean, kUnknown, kUnknown};
  Random random(seed);
  const auto count = static_cast<std::uint32_t>(values.size());
  std::vector<double> means(static_cast<std::size_t>(resamples));
  for (double& resampled : means) {
    double sum = 0;
    for (std::uint32_t i = 0; i < count; ++i) sum += values[random.below(count)];
    resampled = sum / count;
  }
  std::sort(means.begin(), means.end());
  return {mean, quantile(means, kTail), quantile(means, 1 - kTail)};
}

}  // namespace modeseek::bench
