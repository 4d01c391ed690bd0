#include "metrics/pil_resize.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "modeseek/image.hpp"

namespace modeseek::metrics {
namespace {

/// A part of kodak23.png on [0, 255].
Tensor part() {
  const Tensor whole = read_image(MODESEEK_TEST_DATA "/noise/kodak23.png").pixels;
  Tensor result(Shape{1, 3, 61, 83});
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t y = 0; y < 61; ++y) {
      for (std::int64_t x = 0; x < 83; ++x) {
        result(0, c, y, x) = (whole(0, c, y, x) + 1) * 127.5F;
      }
    }
  }
  return result;
}

// The files are clean-fid's resizer's results, which are clipped to [0, 255] (make_golden.py).
void expect_like_pillow(std::int64_t rows, std::int64_t columns) {
  const Tensor expected = read_npy(MODESEEK_TEST_DATA "/metrics/resized_" + std::to_string(rows) +
                                   "x" + std::to_string(columns) + ".npy");
  const Tensor found = pil_resize(part(), rows, columns);
  ASSERT_EQ(found.shape(), expected.shape());
  for (std::int64_t i = 0; i < found.count(); ++i) {
    ASSERT_NEAR(std::clamp(found.data()[i], 0.0F, 255.0F), expected.data()[i], 1e-3) << i;
  }
}

TEST(PilResize, ShrinksLikePillow) { expect_like_pillow(17, 29); }
TEST(PilResize, EnlargesLikePillow) { expect_like_pillow(70, 90); }

TEST(PilResize, KeepsThePictureOfEqualSize) {
  const Tensor same = pil_resize(part(), 61, 83);
  EXPECT_LE(norm(same - part()), 1e-3);
}

TEST(PilResize, KeepsConstantsDownToOnePixel) {
  const Tensor one = pil_resize(Tensor(Shape{1, 1, 7, 5}, 3.0F), 1, 1);
  EXPECT_NEAR(one.data()[0], 3.0F, 1e-6);
  const Tensor many = pil_resize(Tensor(Shape{1, 1, 1, 1}, 3.0F), 4, 9);
  for (const float value : many.values()) EXPECT_NEAR(value, 3.0F, 1e-6);
}

}  // namespace
}  // namespace modeseek::metrics
