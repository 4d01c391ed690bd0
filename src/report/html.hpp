#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace modeseek::report {

/// A picture of the report: the bytes of a PNG file and what it shows.
struct Figure {
  std::string caption;
  std::vector<std::byte> png;
};

/// One comparison: a slider between the first figure (before) and the second (after), and all
/// figures side by side below it.
struct Comparison {
  std::string title;
  std::string description;
  std::vector<Figure> figures;  ///< at least two
};

/// &, <, >, " and ' as entities.
std::string escape_html(const std::string& text);

/// One HTML file that needs nothing else: style, script and pictures are inside. `rows` is the
/// table, its first row the heading. Throws InvalidArgument for a comparison of fewer than two
/// figures.
std::string html_report(const std::string& title, const std::string& introduction,
                        const std::vector<std::vector<std::string>>& rows,
                        const std::vector<Comparison>& comparisons);

}  // namespace modeseek::report
