#pragma once

#include <vector>

#include "report/chart.hpp"

namespace modeseek::report {

/// The values between two ends of an axis.
class Axis {
 public:
  Axis(double low, double high, bool logarithmic, int wanted_ticks);

  /// 0 at the low end, 1 at the high end.
  double place(double value) const;
  /// False for what has no place: not finite, or not positive on a logarithmic axis.
  bool has(double value) const;
  const std::vector<double>& ticks() const { return ticks_; }

 private:
  double scaled(double value) const;

  bool logarithmic_;
  double low_;
  double high_;
  std::vector<double> ticks_;
};

/// Holds every point of every panel.
Axis horizontal_axis(const Chart& chart);

/// Holds the panel's points with their intervals and its level, but nothing that lies more than
/// `span` below the best point.
Axis vertical_axis(const ChartPanel& panel, double span);

}  // namespace modeseek::report
