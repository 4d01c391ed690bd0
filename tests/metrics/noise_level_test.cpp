#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "modeseek/error.hpp"
#include "modeseek/image.hpp"
#include "modeseek/metrics.hpp"
#include "modeseek/random.hpp"

namespace modeseek {
namespace {

constexpr int kPhotographs = 24;

Tensor photograph(int i) {
  const std::string number = (i < 10 ? "0" : "") + std::to_string(i);
  return read_image(MODESEEK_TEST_DATA "/noise/kodak" + number + ".png").pixels;
}

/// y + noise of the given level on [0, 1]; the tensor is on [-1, 1].
Tensor add_noise(Tensor y, double level, std::uint64_t seed) {
  Random random(seed);
  for (float& value : y.values()) value += static_cast<float>(2 * level * random.normal());
  return y;
}

Tensor to_8_bits(Tensor y) {
  for (float& value : y.values()) {
    value = std::round((std::clamp(value, -1.0F, 1.0F) + 1) / 2 * 255) / 255 * 2 - 1;
  }
  return y;
}

Tensor channel_mean(const Tensor& y) {
  Tensor grey(Shape{1, 1, y.shape().h, y.shape().w});
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t i = 0; i < grey.count(); ++i)
      grey.data()[i] += y.plane(0, c)[static_cast<std::size_t>(i)] / 3;
  }
  return grey;
}

/// A mask for all channels alike: 1 where keep(row, column).
Tensor make_mask(const Shape& shape, const std::function<bool(std::int64_t, std::int64_t)>& keep) {
  Tensor mask(shape);
  for (std::int64_t y = 0; y < shape.h; ++y) {
    for (std::int64_t x = 0; x < shape.w; ++x) {
      const float value = keep(y, x) ? 1.0F : 0.0F;
      for (std::int64_t c = 0; c < shape.c; ++c) mask(0, c, y, x) = value;
    }
  }
  return mask;
}

/// The estimate on [0, 1], with rubbish where nothing is known.
double estimate(Tensor y, const Tensor& known = {}) {
  for (std::int64_t i = 0; i < known.count(); ++i) {
    if (known.data()[i] == 0.0F) y.data()[i] = 1e6F;
  }
  return estimate_noise(y, known) / 2;
}

void expect_within(double found, double level, double share, int photo) {
  EXPECT_NEAR(found / level, 1.0, share) << "photograph " << photo << ", level " << level;
}

class NoiseLevel : public testing::TestWithParam<double> {};

TEST_P(NoiseLevel, WithinFifteenPercentOnEveryPhotograph) {
  for (int i = 1; i <= kPhotographs; ++i) {
    expect_within(estimate(add_noise(photograph(i), GetParam(), 100 + static_cast<unsigned>(i))),
                  GetParam(), 0.15, i);
  }
}

TEST_P(NoiseLevel, WithinFifteenPercentAfterClippingToEightBits) {
  for (int i = 1; i <= kPhotographs; i += 6) {
    const Tensor y =
        to_8_bits(add_noise(photograph(i), GetParam(), 200 + static_cast<unsigned>(i)));
    expect_within(estimate(y), GetParam(), 0.15, i);
  }
}

TEST_P(NoiseLevel, WithinThirtyPercentWhereSevenTenthsAreMissing) {
  for (int i = 1; i <= kPhotographs; i += 2) {
    Random random(static_cast<unsigned>(i));
    const Tensor y = add_noise(photograph(i), GetParam(), 300 + static_cast<unsigned>(i));
    const Tensor mask =
        make_mask(y.shape(), [&](std::int64_t, std::int64_t) { return random.uniform() >= 0.7; });
    expect_within(estimate(y, mask), GetParam(), 0.30, i);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, NoiseLevel, testing::Values(0.01, 0.02, 0.05, 0.1, 0.2));

TEST(NoiseLevelOf, CleanPhotographsIsSmall) {
  for (int i = 1; i <= kPhotographs; ++i) EXPECT_LT(estimate(photograph(i)), 0.006) << i;
}

TEST(NoiseLevelOf, MeasurementsWithHolesUsesWhatIsKnown) {
  const auto box = [](std::int64_t y, std::int64_t x) {
    return y < 40 || y >= 120 || x < 40 || x >= 120;
  };
  const auto scratches = [](std::int64_t y, std::int64_t x) { return (x + y / 2) % 13 != 0; };
  const auto rows = [](std::int64_t y, std::int64_t) { return y % 3 == 0; };
  const auto grid = [](std::int64_t y, std::int64_t x) { return y % 2 == 0 && x % 2 == 0; };
  for (const int i : {1, 8, 13, 24}) {
    for (const std::function<bool(std::int64_t, std::int64_t)>& keep :
         {std::function<bool(std::int64_t, std::int64_t)>(box), {scratches}, {rows}, {grid}}) {
      const Tensor y = add_noise(photograph(i), 0.05, 400 + static_cast<unsigned>(i));
      expect_within(estimate(y, make_mask(y.shape(), keep)), 0.05, 0.15, i);
    }
  }
}

TEST(NoiseLevelOf, MasksThatDifferBetweenChannels) {
  // A Bayer-like mosaic: no pixel is known in two channels.
  const Tensor y = add_noise(photograph(20), 0.1, 5);
  Tensor mask(y.shape());
  for (std::int64_t row = 0; row < y.shape().h; ++row) {
    for (std::int64_t x = 0; x < y.shape().w; ++x) mask(0, (row % 2 + x % 2) % 3, row, x) = 1.0F;
  }
  expect_within(estimate(y, mask), 0.1, 0.3, 20);
}

TEST(NoiseLevelOf, GreyPhotographsIsLooserWhereAllIsTextured) {
  for (int i = 1; i <= kPhotographs; i += 3) {
    const Tensor grey = channel_mean(photograph(i));
    expect_within(estimate(add_noise(grey, 0.05, 600)), 0.05, 0.3, i);
    expect_within(estimate(add_noise(grey, 0.2, 601)), 0.2, 0.15, i);
  }
}

TEST(NoiseLevelOf, PlainImages) {
  EXPECT_EQ(estimate_noise(Tensor(Shape{1, 3, 64, 64}, 0.3F)), 0.0);
  // Black and white halves: cut off everywhere, nothing to measure.
  Tensor halves(Shape{1, 1, 64, 64}, -1.0F);
  std::fill(halves.values().begin(), halves.values().begin() + 2048, 1.0F);
  EXPECT_LT(estimate_noise(halves), 1e-6);
  const Tensor flat = add_noise(Tensor(Shape{1, 3, 64, 64}, 0.3F), 0.07, 9);
  expect_within(estimate(flat), 0.07, 0.05, 0);
  expect_within(estimate(add_noise(Tensor(Shape{1, 1, 40, 300}), 0.07, 9)), 0.07, 0.08, 0);
}

TEST(NoiseLevelOf, TinyImagesIsZero) {
  for (const Shape& shape : {Shape{1, 3, 1, 1}, Shape{1, 3, 2, 3}, Shape{1, 1, 1, 20},
                             Shape{1, 1, 20, 1}, Shape{1, 3, 5, 5}}) {
    EXPECT_EQ(estimate_noise(add_noise(Tensor(shape), 0.1, 1)), 0.0) << to_string(shape);
  }
  const Tensor y = add_noise(photograph(1), 0.1, 1);
  EXPECT_EQ(estimate_noise(y, Tensor(y.shape(), 0.0F)), 0.0);
}

TEST(NoiseLevelOf, RefusesMeasuredValuesThatAreNoNumbers) {
  Tensor y = add_noise(Tensor(Shape{1, 1, 40, 40}), 0.1, 1);
  Tensor known(y.shape(), 1.0F);
  y(0, 0, 20, 20) = std::nanf("");
  EXPECT_THROW(estimate_noise(y), InvalidArgument);
  EXPECT_THROW(estimate_noise(y, known), InvalidArgument);
  known(0, 0, 20, 20) = 0.0F;
  EXPECT_NEAR(estimate_noise(y, known), 0.2, 0.03);
}

TEST(NoiseLevelOf, RefusesSeveralSamplesAndForeignMasks) {
  EXPECT_THROW(estimate_noise(Tensor()), InvalidArgument);
  EXPECT_THROW(estimate_noise(Tensor(Shape{2, 1, 8, 8})), InvalidArgument);
  EXPECT_THROW(estimate_noise(Tensor(Shape{1, 3, 8, 8}), Tensor(Shape{1, 1, 8, 8})),
               InvalidArgument);
}

}  // namespace
}  // namespace modeseek
