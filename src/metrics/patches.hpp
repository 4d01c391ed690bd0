#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// A small rectangle of pixels, `step` apart (more than 1 for masks that keep a grid).
struct PatchShape {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t row_step = 1;
  std::int64_t column_step = 1;

  std::int64_t pixels() const { return rows * columns; }
  std::int64_t height() const { return (rows - 1) * row_step + 1; }
  std::int64_t width() const { return (columns - 1) * column_step + 1; }
};

/// Patches of a picture as rows of a matrix; the element of pixel p and channel c is at
/// p * channels + c.
struct PatchSet {
  std::size_t pixels = 0;
  std::size_t channels = 0;
  std::vector<float> values;
  /// Which of two halves of the picture (the squares of a chessboard) a patch comes from.
  std::vector<std::uint8_t> half;

  std::size_t dimension() const { return pixels * channels; }
  std::size_t count() const { return half.size(); }
  std::span<const float> patch(std::size_t i) const {
    return std::span(values).subspan(i * dimension(), dimension());
  }
};

/// The largest patches of which the measurement y [1,C,H,W] has enough without an entry where
/// `known` (empty, or the shape of y) is 0, and at most `most` elements of them. A patch holds all
/// channels, unless masks differ between channels too much or there are many channels: then it
/// holds one. Empty when there are too few of any size.
PatchSet collect_patches(const Tensor& y, const Tensor& known, std::size_t most);

}  // namespace modeseek
