#include "operators/jpeg_blocks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "operators/work.hpp"

namespace modeseek {
namespace {

constexpr std::size_t kSide = 8;
using Block = std::array<double, kSide * kSide>;

/// basis[k][j] = c_k cos((2 j + 1) k pi / 16), orthonormal.
Block cosine_basis() {
  Block basis{};
  for (std::size_t k = 0; k < kSide; ++k) {
    for (std::size_t j = 0; j < kSide; ++j) {
      const double scale = k == 0 ? std::sqrt(0.125) : 0.5;
      const auto angle = static_cast<double>((2 * j + 1) * k) * std::numbers::pi / 16;
      basis[k * kSide + j] = scale * std::cos(angle);
    }
  }
  return basis;
}

/// left * block * left^T, or left^T * block * left.
Block transformed(const Block& left, const Block& block, bool inverse) {
  const auto at = [&](std::size_t i, std::size_t j) {
    return inverse ? left[j * kSide + i] : left[i * kSide + j];
  };
  Block half{};
  Block out{};
  for (std::size_t i = 0; i < kSide; ++i) {
    for (std::size_t k = 0; k < kSide; ++k) {
      for (std::size_t j = 0; j < kSide; ++j) {
        half[i * kSide + j] += at(i, k) * block[k * kSide + j];
      }
    }
  }
  for (std::size_t i = 0; i < kSide; ++i) {
    for (std::size_t j = 0; j < kSide; ++j) {
      for (std::size_t k = 0; k < kSide; ++k) {
        out[i * kSide + j] += half[i * kSide + k] * at(j, k);
      }
    }
  }
  return out;
}

}  // namespace

void code_jpeg_blocks(std::vector<float>& plane, std::int64_t rows, std::int64_t columns,
                      const JpegTable& table) {
  static const Block basis = cosine_basis();
  constexpr auto side = static_cast<std::int64_t>(kSide);
  const std::int64_t across = (columns + side - 1) / side;
  const std::int64_t blocks = (rows + side - 1) / side * across;
  for_each_item(blocks, 16 * side * side, [&](std::int64_t b) {
    const std::int64_t top = b / across * side;
    const std::int64_t left = b % across * side;
    const auto place = [&](std::int64_t i) {
      const std::int64_t y = std::min(top + i / side, rows - 1);
      const std::int64_t x = std::min(left + i % side, columns - 1);
      return static_cast<std::size_t>(y * columns + x);
    };
    Block block{};
    for (std::int64_t i = 0; i < side * side; ++i) {
      block[static_cast<std::size_t>(i)] = static_cast<double>(plane[place(i)]) - 128;
    }
    block = transformed(basis, block, false);
    for (std::size_t k = 0; k < block.size(); ++k) {
      const auto step = static_cast<double>(table[k]);
      block[k] = std::round(block[k] / step) * step;
    }
    block = transformed(basis, block, true);
    for (std::int64_t i = 0; i < side * side; ++i) {
      if (top + i / side >= rows || left + i % side >= columns) continue;
      const double value = std::round(block[static_cast<std::size_t>(i)] + 128);
      plane[place(i)] = static_cast<float>(std::clamp(value, 0.0, 255.0));
    }
  });
}

}  // namespace modeseek
