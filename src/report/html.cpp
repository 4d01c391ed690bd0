#include "report/html.hpp"

#include <string_view>

#include "modeseek/error.hpp"
#include "report/base64.hpp"

namespace modeseek::report {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --line: #8886; --accent: #2a7de1; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
.scroll { overflow-x: auto; }
.stage { position: relative; max-width: 42rem; line-height: 0; --x: 50%; }
.stage img { width: 100%; image-rendering: auto; }
.stage .after { position: absolute; inset: 0; clip-path: inset(0 0 0 var(--x)); }
.stage .rule { position: absolute; top: 0; bottom: 0; left: var(--x); width: 2px;
  background: #fff; box-shadow: 0 0 4px #000; pointer-events: none; }
.stage input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0;
  cursor: ew-resize; }
.stage input:focus-visible ~ .rule { background: var(--accent); }
.stage span { position: absolute; bottom: .5rem; line-height: 1.4; padding: 0 .5rem;
  background: #000a; color: #fff; border-radius: .2rem; pointer-events: none; font-size: .85rem; }
.stage .left { left: .5rem; } .stage .right { right: .5rem; }
.strip { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: .8rem; }
.strip figure { margin: 0; flex: 1 1 12rem; max-width: 20rem; }
.strip img { width: 100%; } figcaption { font-size: .85rem; }
code { font-size: .9em; }
)";

constexpr std::string_view kScript = R"(
document.querySelectorAll('.stage input').forEach(slider => slider.addEventListener('input', () =>
  slider.parentElement.style.setProperty('--x', slider.value + '%')));
)";

std::string image_tag(const Figure& figure, const std::string& attributes) {
  return "<img " + attributes + " alt=\"" + escape_html(figure.caption) +
         "\" src=\"data:image/png;base64," + base64(figure.png) + "\">";
}

std::string table_html(const std::vector<std::vector<std::string>>& rows) {
  std::string html = "<div class=\"scroll\"><table>\n";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::string cell = r == 0 ? "th" : "td";
    html += "<tr>";
    for (const std::string& text : rows[r]) {
      html += "<" + cell + ">" + escape_html(text) + "</" + cell + ">";
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

std::string slider_html(const Figure& before, const Figure& after) {
  return "<div class=\"stage\">" + image_tag(before, "class=\"before\"") +
         image_tag(after, "class=\"after\"") +
         "<input type=\"range\" min=\"0\" max=\"100\" value=\"50\" step=\"0.1\" aria-label=\"" +
         escape_html(before.caption + " / " + after.caption) +
         "\"><div class=\"rule\"></div><span class=\"left\">" + escape_html(before.caption) +
         "</span><span class=\"right\">" + escape_html(after.caption) + "</span></div>\n";
}

std::string comparison_html(const Comparison& comparison) {
  if (comparison.figures.size() < 2) {
    throw InvalidArgument("report: the comparison '" + comparison.title +
                          "' needs a picture before and one after");
  }
  std::string html = "<section>\n<h2>" + escape_html(comparison.title) + "</h2>\n<p>" +
                     escape_html(comparison.description) + "</p>\n" +
                     slider_html(comparison.figures[0], comparison.figures[1]) +
                     "<div class=\"strip\">";
  for (const Figure& figure : comparison.figures) {
    html += "<figure>" + image_tag(figure, "loading=\"lazy\"") + "<figcaption>" +
            escape_html(figure.caption) + "</figcaption></figure>\n";
  }
  return html + "</div>\n</section>\n";
}

}  // namespace

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string html_report(const std::string& title, const std::string& introduction,
                        const std::vector<std::vector<std::string>>& rows,
                        const std::vector<Comparison>& comparisons) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
      escape_html(title) + "</title>\n<style>";
  html += kStyle;
  html += "</style>\n</head>\n<body>\n<h1>" + escape_html(title) + "</h1>\n<p>" +
          escape_html(introduction) + "</p>\n" + table_html(rows);
  for (const Comparison& comparison : comparisons) html += comparison_html(comparison);
  html += "<script>";
  html += kScript;
  return html + "</script>\n</body>\n</html>\n";
}

}  // namespace modeseek::report
