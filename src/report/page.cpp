#include "report/page.hpp"

#include <string_view>

#include "report/base64.hpp"

namespace modeseek::report {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --line: #8886; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
th { vertical-align: bottom; } th:first-child, td:first-child { text-align: left; }
td { white-space: nowrap; }
.scroll { overflow-x: auto; margin: 1rem 0; }
svg { max-width: 100%; height: auto; border-radius: .4rem; margin: .5rem 0; }
h2 { margin-top: 2.5rem; } h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
.pictures { display: flex; flex-wrap: wrap; gap: .5rem; }
.pictures figure { margin: 0; width: 8.5rem; }
.pictures img { width: 100%; display: block; cursor: zoom-in; }
.pictures .large { width: 34rem; max-width: 100%; }
.pictures .large img { image-rendering: pixelated; cursor: zoom-out; }
figcaption { font-size: .75rem; line-height: 1.3; overflow-wrap: anywhere;
  white-space: pre-line; }
code { font-size: .85em; overflow-wrap: anywhere; }
details { margin: 1rem 0; } summary { cursor: pointer; font-weight: 600; }
)";

constexpr std::string_view kScript = R"(
document.querySelectorAll('.pictures img').forEach(img => img.addEventListener('click', () =>
  img.parentElement.classList.toggle('large')));
)";

std::string figure_html(const Figure& figure) {
  const std::string caption = escape_html(figure.caption);
  return "<figure><img loading=\"lazy\" alt=\"" + caption + "\" src=\"data:image/png;base64," +
         base64(figure.png) + "\"><figcaption>" + caption + "</figcaption></figure>\n";
}

}  // namespace

std::string picture_rows_html(const std::vector<PictureRow>& rows) {
  std::string html;
  for (const PictureRow& row : rows) {
    html += "<h3>" + escape_html(row.title) + "</h3>\n<div class=\"pictures\">\n";
    for (const Figure& figure : row.figures) html += figure_html(figure);
    html += "</div>\n";
  }
  return html;
}

std::string html_page(const std::string& title, const std::string& body) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      escape_html(title) + "</title>\n<style>";
  html += kStyle;
  html += "</style>\n</head>\n<body>\n<h1>" + escape_html(title) + "</h1>\n" + body + "<script>";
  html += kScript;
  return html + "</script>\n</body>\n</html>\n";
}

}  // namespace modeseek::report
