#pragma once

#include <cstddef>
#include <string>

namespace modeseek::report {

/// Number of styles that differ in colour or marker.
constexpr std::size_t kChartStyles = 56;

/// The style sheet of a chart: classes m-ink, m-grid, m-frame, m-back and m-c0 to m-c7. Colours
/// after Okabe and Ito, "Color Universal Design" (2008), darkened on white and lightened on black
/// where they would vanish.
std::string chart_css();

/// The class of a style's colour.
std::string colour_class(std::size_t style);

/// SVG path data of a style's marker around (x, y), about `radius` in size. Seven shapes against
/// eight colours: the pair repeats only after kChartStyles.
std::string marker_path(std::size_t style, double x, double y, double radius);

}  // namespace modeseek::report
