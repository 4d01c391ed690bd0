#include "report/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>

#include "report/chart_axes.hpp"
#include "report/chart_style.hpp"
#include "report/html.hpp"

namespace modeseek::report {
namespace {

// Extents in pixels.
constexpr double kPanelWidth = 262;
constexpr double kPanelHeight = 176;
constexpr double kGapX = 58;
constexpr double kGapY = 56;
constexpr double kLeft = 74;
constexpr double kRight = 18;
constexpr double kBottom = 56;
constexpr double kTitleHeight = 34;
constexpr double kLegendRow = 20;
constexpr double kCharacter = 7.6;  ///< width of most letters of the 12 pixel font
constexpr double kNarrow = 4.4;     ///< and of the narrow ones
constexpr double kMarker = 4.2;
constexpr double kNoteRoom = 18;
constexpr std::size_t kTitleCharacters = 46;

/// About as wide as a text of 12 pixels is.
double text_width(const std::string& text) {
  double width = 0;
  for (const char c : text) {
    width += std::string_view("fijlrt-().,:='1 ").find(c) == std::string_view::npos ? kCharacter
                                                                                    : kNarrow;
  }
  return width;
}

std::string shortened(const std::string& text, std::size_t longest) {
  return text.size() <= longest ? text : text.substr(0, longest - 3) + "...";
}

std::string text_element(double x, double y, const std::string& text,
                         const std::string& attributes) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, attributes,
                     escape_html(text));
}

std::string line_element(double x1, double y1, double x2, double y2, const std::string& style) {
  return fmt::format(
      "<line x1=\"{:.2f}\" y1=\"{:.2f}\" x2=\"{:.2f}\" y2=\"{:.2f}\" class=\"{}\"/>\n", x1, y1, x2,
      y2, style);
}

std::string marker_element(std::size_t style, double x, double y) {
  return fmt::format("<path d=\"{}\" class=\"{}\"/>\n", marker_path(style, x, y, kMarker),
                     colour_class(style));
}

/// Draws one panel whose plot area starts at (left, top).
class PanelPainter {
 public:
  PanelPainter(const ChartPanel& panel, const Axis& x, const Axis& y, double left, double top)
      : panel_(panel), x_(x), y_(y), left_(left), top_(top) {}

  std::string svg() const {
    std::string out = grid();
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" class=\"m-frame\"/>\n", left_,
        top_, kPanelWidth, kPanelHeight);
    out += text_element(left_, top_ - 9, shortened(panel_.title, kTitleCharacters),
                        "class=\"m-ink\" font-size=\"11.5\" font-weight=\"600\"");
    if (panel_.level) out += level(*panel_.level);
    // The first series, the subject of the comparison, is drawn last: on top.
    for (auto series = panel_.series.rbegin(); series != panel_.series.rend(); ++series) {
      out += lines(*series) + points(*series);
    }
    return out;
  }

 private:
  double px(double x) const { return left_ + kPanelWidth * x_.place(x); }
  double py(double y) const {
    return top_ + kPanelHeight * (1 - std::clamp(y_.place(y), 0.0, 1.0));
  }

  std::string grid() const {
    std::string out;
    for (const double tick : x_.ticks()) {
      out += line_element(px(tick), top_, px(tick), top_ + kPanelHeight, "m-grid");
      out += text_element(px(tick), top_ + kPanelHeight + 16, fmt::format("{:.4g}", tick),
                          "class=\"m-quiet\" font-size=\"11\" text-anchor=\"middle\"");
    }
    for (const double tick : y_.ticks()) {
      out += line_element(left_, py(tick), left_ + kPanelWidth, py(tick), "m-grid");
      out += text_element(left_ - 6, py(tick) + 4, fmt::format("{:.4g}", tick),
                          "class=\"m-quiet\" font-size=\"11\" text-anchor=\"end\"");
    }
    return out;
  }

  std::string level(const ChartLevel& level) const {
    if (!std::isfinite(level.y)) return {};
    const bool below = y_.place(level.y) < 0;
    const double y = py(level.y);
    const std::string note =
        below ? fmt::format("{} {:.1f}, below", level.name, level.y) : level.name;
    // Above the line, or under it where the frame is too near.
    const double baseline = y - top_ < kNoteRoom ? y + 13 : y - 5;
    return (below ? std::string() : line_element(left_, y, left_ + kPanelWidth, y, "m-level")) +
           text_element(left_ + kPanelWidth - 5, baseline, note,
                        "class=\"m-quiet\" font-size=\"10\" text-anchor=\"end\"");
  }

  bool visible(const ChartPoint& point) const { return x_.has(point.x) && std::isfinite(point.y); }

  std::string lines(const ChartSeries& series) const {
    std::string path;
    for (const ChartPoint& point : series.points) {
      if (!visible(point)) continue;
      path += fmt::format("{}{:.2f},{:.2f}", path.empty() ? "M" : "L", px(point.x), py(point.y));
    }
    return path.empty() || series.points.size() < 2
               ? std::string()
               : fmt::format(
                     "<path d=\"{}\" class=\"{}\" style=\"fill:none\" stroke-width=\"1.6\"/>\n",
                     path, colour_class(series.style));
  }

  std::string points(const ChartSeries& series) const {
    std::string out;
    for (const ChartPoint& point : series.points) {
      if (!visible(point)) continue;
      const double x = px(point.x);
      const bool alone = series.points.size() == 1;
      if (y_.place(point.y) < 0) {
        // Values of a line that runs below would only cover one another.
        if (alone)
          out += text_element(x, py(point.y) - 7, fmt::format("{:.1f}", point.y),
                              "class=\"m-quiet\" font-size=\"10\" text-anchor=\"middle\"");
      } else if (point.low < point.high) {
        out += fmt::format(
            "<path d=\"M{0:.2f},{1:.2f}V{2:.2f}\" class=\"{3}\" stroke-width=\"1.1\"/>\n", x,
            py(point.low), py(point.high), colour_class(series.style));
      }
      out += marker_element(series.style, x, py(point.y));
    }
    return out;
  }

  const ChartPanel& panel_;
  const Axis& x_;
  const Axis& y_;
  double left_;
  double top_;
};

/// Names and styles of all series, in the order of the styles.
std::map<std::size_t, std::string> legend_entries(const Chart& chart) {
  std::map<std::size_t, std::string> entries;
  for (const ChartPanel& panel : chart.panels) {
    for (const ChartSeries& series : panel.series) entries.emplace(series.style, series.name);
  }
  return entries;
}

/// The legend as rows from `top` on; `rows` tells how many.
std::string legend(const Chart& chart, double width, double top, int& rows) {
  std::string out;
  double x = kLeft;
  rows = 1;
  for (const auto& [style, name] : legend_entries(chart)) {
    const double needed = 20 + text_width(name) + 18;
    if (x > kLeft && x + needed > width - kRight) {
      x = kLeft;
      ++rows;
    }
    const double y = top + kLegendRow * (rows - 0.5);
    out += marker_element(style, x + 5, y);
    out += text_element(x + 16, y + 4, name, "class=\"m-ink\" font-size=\"12\"");
    x += needed;
  }
  return out;
}

}  // namespace

std::string chart_svg(const Chart& chart) {
  const std::size_t columns =
      std::max<std::size_t>(1, std::min(chart.columns, chart.panels.size()));
  const auto panel_rows = static_cast<double>((chart.panels.size() + columns - 1) / columns);
  const double width =
      kLeft + kRight + static_cast<double>(columns) * (kPanelWidth + kGapX) - kGapX;
  int legend_rows = 0;
  const std::string legend_svg = legend(chart, width, kTitleHeight, legend_rows);
  const double top = kTitleHeight + kLegendRow * legend_rows + 34;
  const double height = top + panel_rows * (kPanelHeight + kGapY) - kGapY + kBottom;

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" font-family=\"system-ui, sans-serif\" role=\"img\" aria-label=\"{2}\">\n"
      "<style>{3}</style>\n<rect width=\"100%\" height=\"100%\" class=\"m-back\"/>\n",
      width, height, escape_html(chart.title), chart_css());
  svg +=
      text_element(kLeft, 24, chart.title, "class=\"m-ink\" font-size=\"15\" font-weight=\"600\"");
  svg += legend_svg;
  const Axis x = horizontal_axis(chart);
  for (std::size_t i = 0; i < chart.panels.size(); ++i) {
    const double left = kLeft + static_cast<double>(i % columns) * (kPanelWidth + kGapX);
    const double panel_top = top + static_cast<double>(i / columns) * (kPanelHeight + kGapY);
    const Axis y = vertical_axis(chart.panels[i], chart.span);
    svg += PanelPainter(chart.panels[i], x, y, left, panel_top).svg();
  }
  const double middle = (kLeft + width - kRight) / 2;
  svg += text_element(middle, height - 14, chart.x_label,
                      "class=\"m-ink\" font-size=\"12\" text-anchor=\"middle\"");
  svg += fmt::format(
      "<text transform=\"translate(22 {:.1f}) rotate(-90)\" class=\"m-ink\" font-size=\"12\" "
      "text-anchor=\"middle\">{}</text>\n",
      (top + height - kBottom) / 2, escape_html(chart.y_label));
  return svg + "</svg>\n";
}

}  // namespace modeseek::report
