#include "report/chart_style.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>

namespace modeseek::report {
namespace {

constexpr std::size_t kColours = 8;
constexpr std::size_t kMarkers = 7;

constexpr std::array<const char*, kColours> kLight{"#d55e00", "#0072b2", "#00875f", "#b8558f",
                                                   "#c98a00", "#2b93d1", "#555555", "#857a00"};
constexpr std::array<const char*, kColours> kDark{"#ff8c42", "#4fa8e0", "#2fc79b", "#e79ac6",
                                                  "#f0b429", "#8fd0f7", "#b8b8b8", "#f0e442"};

/// Corners of a star around (x, y) whose radii alternate between `outer` and `inner`.
std::string star(double x, double y, int corners, double outer, double inner, double turn) {
  std::string path;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * std::numbers::pi * (i / double(corners) + turn);
    const double r = i % 2 == 0 ? outer : inner;
    path += fmt::format("{}{:.2f},{:.2f}", i == 0 ? "M" : "L", x + r * std::sin(angle),
                        y - r * std::cos(angle));
  }
  return path + "Z";
}

std::string polygon(double x, double y, int corners, double radius, double turn) {
  return star(x, y, corners, radius, radius, turn);
}

std::string disc(double x, double y, double r) {
  return fmt::format(
      "M{0:.2f},{1:.2f}a{2:.2f},{2:.2f} 0 1,0 {3:.2f},0a{2:.2f},{2:.2f} 0 1,0 -{3:.2f},0Z", x - r,
      y, r, 2 * r);
}

}  // namespace

std::string colour_class(std::size_t style) { return fmt::format("m-c{}", style % kColours); }

std::string marker_path(std::size_t style, double x, double y, double radius) {
  switch (style % kMarkers) {
    case 0:
      return disc(x, y, radius);
    case 1:
      return polygon(x, y, 4, 1.25 * radius, 0.125);
    case 2:
      return polygon(x, y, 3, 1.35 * radius, 0);
    case 3:
      return polygon(x, y, 4, 1.35 * radius, 0);
    case 4:
      return polygon(x, y, 3, 1.35 * radius, 0.5);
    case 5:
      return star(x, y, 10, 1.5 * radius, 0.65 * radius, 0);
    default:
      return star(x, y, 8, 1.4 * radius, 0.5 * radius, 0.125);
  }
}

std::string chart_css() {
  std::string css =
      ".m-back{fill:#fff}.m-ink{fill:#222}.m-quiet{fill:#666}.m-grid{stroke:#e4e4e4}"
      ".m-frame{stroke:#999;fill:none}.m-level{stroke:#777;stroke-dasharray:5 4}";
  std::string dark =
      ".m-back{fill:#15181c}.m-ink{fill:#e6e6e6}.m-quiet{fill:#a0a0a0}.m-grid{stroke:#2b3036}"
      ".m-frame{stroke:#777;fill:none}.m-level{stroke:#999}";
  for (std::size_t i = 0; i < kColours; ++i) {
    css += fmt::format(".m-c{0}{{fill:{1};stroke:{1}}}", i, kLight[i]);
    dark += fmt::format(".m-c{0}{{fill:{1};stroke:{1}}}", i, kDark[i]);
  }
  return css + "@media(prefers-color-scheme:dark){" + dark + "}";
}

}  // namespace modeseek::report
