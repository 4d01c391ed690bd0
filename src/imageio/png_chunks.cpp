#include "imageio/png_chunks.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

constexpr std::size_t kSignature = 8;
constexpr std::size_t kChunkOverhead = 12;  // length, type, checksum

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1U) ? 0xEDB88320U : 0U);
    table[i] = value;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

std::uint32_t crc(std::span<const std::byte> bytes) {
  std::uint32_t value = 0xFFFFFFFFU;
  for (const std::byte b : bytes) {
    value = (value >> 8) ^ kCrcTable[(value ^ static_cast<std::uint32_t>(b)) & 0xFFU];
  }
  return ~value;
}

std::uint32_t big_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    value = (value << 8) | static_cast<std::uint32_t>(bytes[static_cast<std::size_t>(i)]);
  }
  return value;
}

bool decides_pixels(std::string_view type) {
  for (const std::string_view kept : {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "eXIf"}) {
    if (type == kept) return true;
  }
  return false;
}

bool is_critical(std::string_view type) { return (type[0] & 0x20) == 0; }

}  // namespace

std::vector<std::byte> essential_png(std::span<const std::byte> file, const std::string& name) {
  std::vector<std::byte> kept;
  kept.reserve(file.size());
  const auto keep = [&kept](std::span<const std::byte> part) {
    kept.insert(kept.end(), part.begin(), part.end());
  };
  if (file.size() < kSignature) throw FileError(name, "truncated PNG");
  keep(file.first(kSignature));
  std::span<const std::byte> rest = file.subspan(kSignature);
  while (rest.size() >= kChunkOverhead) {
    const std::size_t length = big_endian(rest);
    if (length > rest.size() - kChunkOverhead) break;
    const std::span<const std::byte> body = rest.subspan(4, 4 + length);
    const std::string_view type(reinterpret_cast<const char*>(body.data()), 4);
    if (decides_pixels(type)) {
      if (crc(body) != big_endian(rest.subspan(8 + length))) {
        throw FileError(name, "damaged PNG: wrong checksum of a chunk");
      }
      keep(rest.first(kChunkOverhead + length));
      if (type == "IEND") return kept;
    } else if (is_critical(type)) {
      throw FileError(name, "damaged PNG: unknown critical chunk");
    }
    rest = rest.subspan(kChunkOverhead + length);
  }
  throw FileError(name, "truncated PNG: the file ends before its IEND chunk");
}

}  // namespace modeseek
