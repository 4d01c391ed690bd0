#include "checkpoints/messages.hpp"

#include <cstddef>

namespace modeseek::checkpoints {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 120;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result = "'";
  for (const char character : text.substr(0, longest)) {
    const auto code = static_cast<unsigned char>(character);
    if (code < 0x20 || code == 0x7f) {
      result += "\\x";
      result += digits[code >> 4];
      result += digits[code & 15];
    } else {
      result += character;
    }
  }
  if (text.size() > longest) result += "...";
  return result + "'";
}

}  // namespace modeseek::checkpoints
