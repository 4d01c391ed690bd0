#include "checkpoints/messages.hpp"

#include <algorithm>
#include <cstddef>

#include "checkpoints/utf8.hpp"

namespace modeseek::checkpoints {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 120;
  constexpr std::string_view digits = "0123456789abcdef";
  std::size_t end = std::min(text.size(), longest);
  // Not within a character: its later bytes begin with the bits 10.
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  const bool readable = is_utf8(text.substr(0, end));
  std::string result = "'";
  for (const char character : text.substr(0, end)) {
    const auto code = static_cast<unsigned char>(character);
    if (code < 0x20 || code == 0x7f || (code >= 0x80 && !readable)) {
      result += "\\x";
      result += digits[code >> 4];
      result += digits[code & 15];
    } else {
      result += character;
    }
  }
  if (end < text.size()) result += "...";
  return result + "'";
}

}  // namespace modeseek::checkpoints
