#include "priors/padding.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "modeseek/random.hpp"
#include "modeseek/tensor.hpp"

namespace modeseek::priors {
namespace {

using Values = std::vector<float>;

TEST(Padding, ReflectsAboutTheBorderPixels) {
  const Padding padding(1, 1, 3, 4);
  Values padded(static_cast<std::size_t>(padding.padded_count()));
  EXPECT_EQ(padding.padded_height(), 4);
  EXPECT_EQ(padding.padded_width(), 4);
  padding.pad(Values{1, 2, 3}, 2.0F, padded);
  EXPECT_EQ(Values(padded.begin(), padded.begin() + 4), (Values{2, 4, 6, 4}));
  EXPECT_EQ(Values(padded.end() - 4, padded.end()), (Values{2, 4, 6, 4}));
}

TEST(Padding, ReflectsMoreThanOnceWhereTheImageIsSmall) {
  const Padding padding(1, 2, 2, 8);
  Values padded(64);
  padding.pad(Values{1, 2, 3, 4}, 1.0F, padded);
  EXPECT_EQ(Values(padded.begin(), padded.begin() + 8), (Values{4, 3, 4, 3, 4, 3, 4, 3}));
}

TEST(Padding, LeavesFittingSizesAlone) {
  const Padding padding(2, 4, 8, 4);
  Values image(64);
  std::iota(image.begin(), image.end(), 0.0F);
  Values padded(64);
  padding.pad(image, 1.0F, padded);
  EXPECT_EQ(padded, image);
}

struct Case {
  std::int64_t height;
  std::int64_t width;
  std::int64_t multiple;
};

class PaddingAdjoint : public testing::TestWithParam<Case> {};

TEST_P(PaddingAdjoint, PairsAreAdjointAndCropUndoesPad) {
  const auto [height, width, multiple] = GetParam();
  const Padding padding(3, height, width, multiple);
  Random random(1);
  Values image(static_cast<std::size_t>(3 * height * width));
  Values other(static_cast<std::size_t>(padding.padded_count()));
  random.fill_normal(image);
  random.fill_normal(other);
  Values padded(other.size());
  Values back(image.size());

  padding.pad(image, 1.5F, padded);
  padding.add_crop(padded, 2.0F, back);
  for (std::size_t i = 0; i < image.size(); ++i) EXPECT_FLOAT_EQ(back[i], 3.0F * image[i]);

  const double forward = dot(padded, other);
  back.assign(back.size(), 0.0F);
  padding.add_adjoint(other, 1.5F, back);
  EXPECT_NEAR(dot(image, back), forward, 1e-5 * norm(padded) * norm(other));

  Values cropped(image.size());
  padding.add_crop(other, 0.5F, cropped);
  padding.embed(image, 0.5F, padded);
  EXPECT_NEAR(dot(image, cropped), dot(padded, other), 1e-5 * norm(image) * norm(other));
}

INSTANTIATE_TEST_SUITE_P(Sizes, PaddingAdjoint,
                         testing::Values(Case{1, 1, 8}, Case{2, 3, 8}, Case{9, 15, 8},
                                         Case{16, 7, 16}, Case{8, 8, 8}));

}  // namespace
}  // namespace modeseek::priors
