#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace modeseek::test {

/// What keeps a text from being well-formed XML of the simple kind that reports use (elements,
/// attributes in double quotes, character data, the five predefined entities), or nothing.
inline std::string xml_problem(std::string_view text) {
  std::vector<std::string> open;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '&') {
      const std::string_view rest = text.substr(at, 6);
      const auto end = rest.find(';');
      if (end == std::string_view::npos) return "a bare & at " + std::to_string(at);
    }
    if (text[at] != '<') {
      ++at;
      continue;
    }
    const auto end = text.find('>', at);
    if (end == std::string_view::npos) return "an element without an end";
    std::string_view tag = text.substr(at + 1, end - at - 1);
    at = end + 1;
    if (tag.find('<') != std::string_view::npos) return "a bare < in " + std::string(tag);
    const bool closing = !tag.empty() && tag.front() == '/';
    const bool empty = !tag.empty() && tag.back() == '/';
    if (closing) tag.remove_prefix(1);
    const std::string name(tag.substr(0, tag.find_first_of(" /\n")));
    if (name.empty()) return "an element without a name";
    int quotes = 0;
    for (const char c : tag) quotes += c == '"' ? 1 : 0;
    if (quotes % 2 != 0) return "an open quote in " + std::string(tag);
    if (closing) {
      if (open.empty() || open.back() != name) return "</" + name + "> closes nothing";
      open.pop_back();
    } else if (!empty) {
      open.push_back(name);
    }
  }
  return open.empty() ? std::string() : "<" + open.back() + "> is not closed";
}

}  // namespace modeseek::test
