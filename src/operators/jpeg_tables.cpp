#include "operators/jpeg_tables.hpp"

#include <algorithm>
#include <string>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

using BaseTable = std::array<int, 64>;

constexpr BaseTable kLuminance{16,  11,  10,  16,  24, 40, 51,  61,  12,  12,  14,  19,  26,
                               58,  60,  55,  14,  13, 16, 24,  40,  57,  69,  56,  14,  17,
                               22,  29,  51,  87,  80, 62, 18,  22,  37,  56,  68,  109, 103,
                               77,  24,  35,  55,  64, 81, 104, 113, 92,  49,  64,  78,  87,
                               103, 121, 120, 101, 72, 92, 95,  98,  112, 100, 103, 99};

constexpr BaseTable kChrominance{17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
                                 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
                                 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
                                 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

JpegTable scaled(const BaseTable& base, int quality) {
  if (quality < 1 || quality > 100) {
    throw InvalidArgument("JPEG quality " + std::to_string(quality) + ", expected 1 to 100");
  }
  const int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  JpegTable table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<float>(std::clamp((base[i] * percent + 50) / 100, 1, 255));
  }
  return table;
}

}  // namespace

JpegTable jpeg_luminance_table(int quality) { return scaled(kLuminance, quality); }
JpegTable jpeg_chrominance_table(int quality) { return scaled(kChrominance, quality); }

}  // namespace modeseek
