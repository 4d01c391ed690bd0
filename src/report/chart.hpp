#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace modeseek::report {

/// A value with its interval; low = high = y where there is none.
struct ChartPoint {
  double x = 0;
  double y = 0;
  double low = 0;
  double high = 0;
};

/// Points of one kind, joined by a line when there is more than one.
struct ChartSeries {
  std::string name;
  std::size_t style = 0;  ///< colour and marker; equal names have equal styles
  std::vector<ChartPoint> points;
};

/// A value without a place on the horizontal axis: a dashed line across the panel.
struct ChartLevel {
  std::string name;
  double y = 0;
};

/// One pair of axes.
struct ChartPanel {
  std::string title;
  std::vector<ChartSeries> series;
  std::optional<ChartLevel> level;
};

/// Panels with a common horizontal axis, each with its own vertical one, and one legend.
struct Chart {
  std::string title;
  std::string x_label;
  std::string y_label;
  bool log_x = false;
  std::size_t columns = 3;
  /// A panel shows at most this much below its best value, so that one failure does not flatten the
  /// others; what lies lower is drawn on the lower edge, with its value where it is no line.
  double span = 12;
  std::vector<ChartPanel> panels;
};

/// A self-contained SVG image, in light colours or, where the viewer asks for them, dark ones;
/// colours are told apart with colour-blindness too, and markers without colours. Points that are
/// not finite (or not positive on a logarithmic axis) are left out.
std::string chart_svg(const Chart& chart);

}  // namespace modeseek::report
