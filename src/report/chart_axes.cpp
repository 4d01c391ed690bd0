#include "report/chart_axes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/ticks.hpp"

namespace modeseek::report {
namespace {

constexpr int kTicksX = 5;
constexpr int kTicksY = 5;

/// The smallest and the largest of the finite values that it was shown.
struct Extremes {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
};

}  // namespace

Axis::Axis(double low, double high, bool logarithmic, int wanted_ticks)
    : logarithmic_(logarithmic),
      low_(low),
      high_(high),
      ticks_(logarithmic ? log_ticks(low, high) : linear_ticks(low, high, wanted_ticks)) {}

bool Axis::has(double value) const { return std::isfinite(value) && (!logarithmic_ || value > 0); }

double Axis::scaled(double value) const { return logarithmic_ ? std::log10(value) : value; }

double Axis::place(double value) const {
  return (scaled(value) - scaled(low_)) / (scaled(high_) - scaled(low_));
}

Axis horizontal_axis(const Chart& chart) {
  Extremes range;
  for (const ChartPanel& panel : chart.panels) {
    for (const ChartSeries& series : panel.series) {
      for (const ChartPoint& point : series.points) {
        if (!chart.log_x || point.x > 0) range.include(point.x);
      }
    }
  }
  if (range.empty()) return {1, 10, chart.log_x, kTicksX};
  if (chart.log_x) return {range.low / 1.5, range.high * 1.5, true, kTicksX};
  const double margin = range.low < range.high ? 0.05 * (range.high - range.low) : 0.5;
  return {range.low - margin, range.high + margin, false, kTicksX};
}

Axis vertical_axis(const ChartPanel& panel, double span) {
  Extremes best;
  for (const ChartSeries& series : panel.series) {
    for (const ChartPoint& point : series.points) best.include(point.y);
  }
  Extremes range = best;
  const double floor = best.high - span;
  const auto include = [&range, floor](double value) {
    if (value >= floor) range.include(value);
  };
  for (const ChartSeries& series : panel.series) {
    for (const ChartPoint& point : series.points) {
      if (point.y < floor) continue;
      include(point.low);
      range.include(point.high);
    }
  }
  if (panel.level) include(panel.level->y);
  if (range.empty()) return {0, 1, false, kTicksY};
  const double low = std::max(range.low, floor);
  const double margin = std::max(0.08 * (range.high - low), 0.25);
  return {low - margin, range.high + margin, false, kTicksY};
}

}  // namespace modeseek::report
