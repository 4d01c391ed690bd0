#include "imageio/orientation.hpp"

#include <cstddef>

namespace modeseek {

Tensor apply_orientation(Tensor pixels, int orientation) {
  if (orientation < 2 || orientation > 8) return pixels;
  const bool transpose = orientation >= 5;
  // Flips of the stored rows and columns that come before the transposition.
  const bool flip_rows =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool flip_columns =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const Shape in = pixels.shape();
  const Shape out{in.n, in.c, transpose ? in.w : in.h, transpose ? in.h : in.w};
  Tensor upright(out);
  for (std::int64_t n = 0; n < out.n; ++n) {
    for (std::int64_t c = 0; c < out.c; ++c) {
      for (std::int64_t y = 0; y < out.h; ++y) {
        for (std::int64_t x = 0; x < out.w; ++x) {
          const std::int64_t row = transpose ? x : y;
          const std::int64_t column = transpose ? y : x;
          upright(n, c, y, x) = pixels(n, c, flip_rows ? in.h - 1 - row : row,
                                       flip_columns ? in.w - 1 - column : column);
        }
      }
    }
  }
  return upright;
}

}  // namespace modeseek
