#include "report/ticks.hpp"

#include <cmath>
#include <cstddef>

namespace modeseek::report {
namespace {

constexpr std::size_t kEnough = 3;

double nice_step(double rough) {
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::vector<double> multiples_of_powers(double low, double high,
                                        const std::vector<double>& factors) {
  std::vector<double> ticks;
  const int first = static_cast<int>(std::floor(std::log10(low)));
  const int last = static_cast<int>(std::ceil(std::log10(high)));
  for (int exponent = first; exponent <= last; ++exponent) {
    for (const double factor : factors) {
      const double tick = factor * std::pow(10.0, exponent);
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push_back(tick);
    }
  }
  return ticks;
}

}  // namespace

std::vector<double> linear_ticks(double low, double high, int wanted) {
  if (!(low < high) || !std::isfinite(high - low) || wanted < 1) return {};
  const double step = nice_step((high - low) / wanted);
  const double first = std::ceil(low / step - 1e-9);
  std::vector<double> ticks;
  for (double k = first; k * step <= high + 1e-9 * step; ++k) {
    ticks.push_back(k == 0 ? 0.0 : k * step);
  }
  return ticks;
}

std::vector<double> log_ticks(double low, double high) {
  if (!(low > 0) || !(low < high) || !std::isfinite(high)) return {};
  std::vector<double> ticks = multiples_of_powers(low, high, {1});
  if (ticks.size() < kEnough) ticks = multiples_of_powers(low, high, {1, 2, 5});
  return ticks;
}

}  // namespace modeseek::report
