#pragma once

#include <string>
#include <vector>

namespace modeseek::report {

/// A cell of a table, in plain text.
struct Cell {
  std::string text;
  bool strong = false;  ///< to be set in bold

  Cell() = default;
  // A text is a cell.
  Cell(std::string words, bool bold = false) : text(std::move(words)), strong(bold) {}
  Cell(const char* words) : text(words) {}
};

/// Rows of equal length, the first one the heading.
using DataTable = std::vector<std::vector<Cell>>;

/// GitHub's Markdown, first column to the left, the others to the right.
std::string markdown_table(const DataTable& rows);

/// Columns padded with spaces, for a terminal; bold cells carry a star.
std::string text_table(const DataTable& rows);

/// <table> in a box that scrolls sideways when it is too wide.
std::string html_table(const DataTable& rows);

}  // namespace modeseek::report
