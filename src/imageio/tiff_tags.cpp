#include "imageio/tiff_tags.hpp"

#include <array>
#include <cstdint>
#include <fstream>

namespace modeseek {
namespace {

constexpr std::uint64_t kBitsPerSample = 258;

/// Reads unsigned integers of the file's own byte order.
class TiffReader {
 public:
  explicit TiffReader(const std::string& path) : in_(path, std::ios::binary) {
    std::array<char, 2> order{};
    in_.read(order.data(), 2);
    big_endian_ = order[0] == 'M';
  }

  bool good() const { return in_.good(); }
  void seek(std::uint64_t offset) { in_.seekg(static_cast<std::streamoff>(offset)); }
  void skip(std::int64_t bytes) { in_.seekg(bytes, std::ios::cur); }
  std::uint64_t integer(int size) {
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i) {
      const auto byte = static_cast<std::uint64_t>(in_.get() & 0xFF);
      value = big_endian_ ? (value << 8) | byte : value | (byte << (8 * i));
    }
    return value;
  }

 private:
  std::ifstream in_;
  bool big_endian_ = false;
};

}  // namespace

bool tiff_states_bits_per_sample(const std::string& path) {
  TiffReader file(path);
  const bool big = file.integer(2) == 43;
  if (big) file.skip(4);  // size of an offset, and a zero
  const std::uint64_t directory = file.integer(big ? 8 : 4);
  if (directory > static_cast<std::uint64_t>(INT64_MAX)) return true;
  file.seek(directory);
  const std::uint64_t entries = file.integer(big ? 8 : 2);
  for (std::uint64_t i = 0; i < entries && file.good(); ++i) {
    if (file.integer(2) == kBitsPerSample) return true;
    file.skip(big ? 18 : 10);
  }
  return !file.good();
}

}  // namespace modeseek
