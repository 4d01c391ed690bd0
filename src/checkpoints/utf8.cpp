#include "checkpoints/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace modeseek::checkpoints {
namespace {

/// Bytes that follow a lead byte; -1 when it cannot lead.
int followers(std::uint32_t lead) {
  if (lead < 0x80) return 0;
  if (lead >= 0xc2 && lead < 0xe0) return 1;
  if (lead >= 0xe0 && lead < 0xf0) return 2;
  if (lead >= 0xf0 && lead < 0xf5) return 3;
  return -1;
}

}  // namespace

bool is_utf8(std::string_view text) {
  std::size_t position = 0;
  while (position < text.size()) {
    const std::uint32_t lead = static_cast<unsigned char>(text[position]);
    const int count = followers(lead);
    if (count < 0 || text.size() - position <= static_cast<std::size_t>(count)) return false;
    std::uint32_t code = count == 0 ? lead : lead & (0x3fU >> static_cast<unsigned>(count));
    for (int i = 1; i <= count; ++i) {
      const std::uint32_t next =
          static_cast<unsigned char>(text[position + static_cast<std::size_t>(i)]);
      if ((next & 0xc0U) != 0x80) return false;
      code = (code << 6) | (next & 0x3fU);
    }
    const bool overlong = (count == 2 && code < 0x800) || (count == 3 && code < 0x10000);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    if (overlong || surrogate || code > 0x10ffff) return false;
    position += static_cast<std::size_t>(count) + 1;
  }
  return true;
}

}  // namespace modeseek::checkpoints
