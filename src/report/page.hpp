#pragma once

#include <string>
#include <vector>

#include "report/html.hpp"

namespace modeseek::report {

/// Pictures of one row, the same in all rows of a grid.
struct PictureRow {
  std::string title;
  std::vector<Figure> figures;
};

/// Rows of small pictures with captions (line breaks are kept); a click enlarges a picture to four
/// times its pixels.
std::string picture_rows_html(const std::vector<PictureRow>& rows);

/// One HTML file that needs nothing else, in the viewer's light or dark colours. `body` is HTML.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace modeseek::report
