#include "report/data_table.hpp"

#include <string>
#include <vector>

#include "report/html.hpp"
#include "report/text.hpp"

namespace modeseek::report {
namespace {

std::string markdown_text(const Cell& cell) {
  std::string out;
  for (const char c : cell.text) {
    if (c == '|' || c == '*' || c == '_' || c == '<' || c == '`') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return cell.strong && !out.empty() ? "**" + out + "**" : out;
}

std::string html_text(const Cell& cell) {
  const std::string text = escape_html(cell.text);
  return cell.strong ? "<b>" + text + "</b>" : text;
}

}  // namespace

std::string markdown_table(const DataTable& rows) {
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    out += "|";
    for (const Cell& cell : rows[r]) out += " " + markdown_text(cell) + " |";
    out += "\n";
    if (r > 0) continue;
    for (std::size_t c = 0; c < rows[0].size(); ++c) out += c == 0 ? "|---|" : "---:|";
    out += "\n";
  }
  return out;
}

std::string text_table(const DataTable& rows) {
  std::vector<std::vector<std::string>> plain;
  for (const auto& row : rows) {
    auto& line = plain.emplace_back();
    for (const Cell& cell : row) line.push_back(cell.strong ? "* " + cell.text : cell.text);
  }
  return table(plain);
}

std::string html_table(const DataTable& rows) {
  std::string html = "<div class=\"scroll\"><table>\n";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::string tag = r == 0 ? "th" : "td";
    html += "<tr>";
    for (const Cell& cell : rows[r]) html += "<" + tag + ">" + html_text(cell) + "</" + tag + ">";
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

}  // namespace modeseek::report
