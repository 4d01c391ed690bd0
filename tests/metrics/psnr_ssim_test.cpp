#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "modeseek/error.hpp"
#include "modeseek/image.hpp"
#include "modeseek/metrics.hpp"

namespace modeseek {
namespace {

/// Samples of tests/data/metrics/pictures.npy: clean, noisy, blurred, on [-1, 1].
Tensor pictures() {
  Tensor all = read_npy(MODESEEK_TEST_DATA "/metrics/pictures.npy");
  for (float& value : all.values()) value = 2 * value - 1;
  return all;
}

Tensor first_channel(const Tensor& t) {
  const auto plane = t.plane(0, 0);
  return Tensor(Shape{1, 1, t.shape().h, t.shape().w},
                std::vector<float>(plane.begin(), plane.end()));
}

// Expected values by scikit-image 0.26 (tests/data/README.md has the recipe).
TEST(Psnr, AgreesWithScikitImage) {
  const Tensor all = pictures();
  const Tensor clean = all.copy_sample(0);
  EXPECT_NEAR(psnr(clean, all.copy_sample(1)), 22.451621966, 1e-4);
  EXPECT_NEAR(psnr(clean, all.copy_sample(2)), 39.413486892, 1e-4);
  EXPECT_NEAR(psnr(first_channel(clean), first_channel(all.copy_sample(1))), 23.024001962, 1e-4);
}

TEST(Ssim, AgreesWithScikitImage) {
  const Tensor all = pictures();
  const Tensor clean = all.copy_sample(0);
  EXPECT_NEAR(ssim(clean, all.copy_sample(1)), 0.3697808427, 1e-4);
  EXPECT_NEAR(ssim(clean, all.copy_sample(2)), 0.9774497837, 1e-4);
  EXPECT_NEAR(ssim(first_channel(clean), first_channel(all.copy_sample(1))), 0.3965809549, 1e-4);
}

TEST(Psnr, PoolsSamplesAndUsesPeakOneOnZeroToOne) {
  const Tensor a(Shape{2, 1, 1, 2}, 0.0F);
  const Tensor b(Shape{2, 1, 1, 2}, std::vector<float>{0.2F, 0.2F, 0.0F, 0.0F});
  // Half of the entries differ by 0.1 on [0, 1].
  EXPECT_NEAR(psnr(a, b), -10 * std::log10(0.005), 1e-5);
  EXPECT_EQ(psnr(a, a), std::numeric_limits<double>::infinity());
}

TEST(Ssim, IsOneForEqualImagesAndSymmetric) {
  const Tensor all = pictures();
  EXPECT_NEAR(ssim(all, all), 1.0, 1e-12);
  const Tensor a = all.copy_sample(0);
  const Tensor b = all.copy_sample(1);
  EXPECT_NEAR(ssim(a, b), ssim(b, a), 1e-12);
}

TEST(Ssim, SmallImagesUseTheLargestOddWindowThatFits) {
  // One window of 1 pixel: only the luminance term is left, (2 a b + C1) / (a^2 + b^2 + C1).
  const Tensor a(Shape{1, 1, 1, 1}, 0.0F);
  const Tensor b(Shape{1, 1, 1, 1}, -0.5F);
  const double c1 = 1e-4;
  EXPECT_NEAR(ssim(a, b), (2 * 0.5 * 0.25 + c1) / (0.25 + 0.0625 + c1), 1e-9);
  // 4 rows: a window of 3, whose mean similarity is that of its two rows of positions.
  Tensor c(Shape{1, 1, 4, 3});
  for (std::int64_t i = 0; i < c.count(); ++i) c.data()[i] = std::sin(static_cast<float>(i));
  Tensor d = c;
  d(0, 0, 0, 0) += 0.5F;
  const auto rows = [](const Tensor& t, std::int64_t first) {
    const auto plane = t.values().subspan(static_cast<std::size_t>(3 * first), 9);
    return Tensor(Shape{1, 1, 3, 3}, std::vector<float>(plane.begin(), plane.end()));
  };
  EXPECT_NEAR(ssim(c, d), (ssim(rows(c, 0), rows(d, 0)) + 1.0) / 2, 1e-9);
  EXPECT_LT(ssim(c, d), 0.99);
}

TEST(Metrics, RefuseImagesOfDifferentShape) {
  const Tensor a(Shape{1, 1, 4, 4});
  const Tensor b(Shape{1, 1, 4, 5});
  EXPECT_THROW(psnr(a, b), InvalidArgument);
  EXPECT_THROW(ssim(a, b), InvalidArgument);
  EXPECT_THROW(psnr(Tensor(), Tensor()), InvalidArgument);
  EXPECT_THROW(ssim(Tensor(), Tensor()), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
