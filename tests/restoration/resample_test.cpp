#include "restoration/resample.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"
#include "modeseek/random.hpp"
#include "restoration/baseline.hpp"
#include "restoration/white_prior.hpp"

namespace modeseek {
namespace {

Tensor ramp(const Shape& shape) {
  Tensor x(shape);
  for (std::int64_t y = 0; y < shape.h; ++y) {
    for (std::int64_t i = 0; i < shape.w; ++i) x(0, 0, y, i) = float(2 * y + 3 * i);
  }
  return x;
}

TEST(Resample, SameExtentIsTheSamePicture) {
  const Tensor x = ramp({1, 1, 4, 5});
  for (const auto method : {Interpolation::nearest, Interpolation::linear, Interpolation::cubic}) {
    EXPECT_LT(norm(resample(x, 4, 5, method) - x), 1e-5);
  }
}

TEST(Resample, NearestRepeatsPixels) {
  const Tensor large = resample(ramp({1, 1, 2, 2}), 4, 4, Interpolation::nearest);
  EXPECT_EQ(large(0, 0, 1, 1), 0.0F);
  EXPECT_EQ(large(0, 0, 2, 1), 2.0F);
  EXPECT_EQ(large(0, 0, 3, 3), 5.0F);
}

TEST(Resample, LinearAndCubicContinueARamp) {
  const Tensor x = ramp({1, 1, 8, 8});
  for (const auto method : {Interpolation::linear, Interpolation::cubic}) {
    const Tensor large = resample(x, 16, 24, method);
    // The middle of output pixel (8, 12) lies at ((8 + 1/2) / 2 - 1/2, (12 + 1/2) / 3 - 1/2).
    EXPECT_NEAR(large(0, 0, 8, 12), 2 * 3.75 + 3 * (12.5 / 3 - 0.5), 1e-4);
  }
}

TEST(Resample, RefusesWhatIsEmpty) {
  EXPECT_THROW(resample(Tensor(), 2, 2, Interpolation::linear), InvalidArgument);
  EXPECT_THROW(resample(ramp({1, 1, 2, 2}), 0, 2, Interpolation::linear), InvalidArgument);
}

TEST(Crop, CutsAWindow) {
  const Tensor part = crop(ramp({1, 1, 5, 6}), 1, 2, 3, 2);
  EXPECT_EQ(part.shape(), (Shape{1, 1, 3, 2}));
  EXPECT_EQ(part(0, 0, 2, 1), 2 * 3 + 3 * 3);
  EXPECT_THROW(crop(ramp({1, 1, 5, 6}), 3, 0, 3, 2), InvalidArgument);
}

TEST(Baseline, RegularisationExplainsTheMeasurementToItsNoise) {
  const auto op = Task::parse("blur(gaussian:7,1.5)").build({1, 1, 24, 24});
  Tensor x(op->domain());
  Random random(3);
  random.fill_normal(x.values());
  Tensor noise(op->range());
  random.fill_normal(noise.values());
  Tensor y = op->apply(x);
  add_scaled(y, 0.05F, noise);
  const Tensor solution = regularised_pseudo_inverse(*op, y, 0.05F);
  EXPECT_NEAR(norm(y - op->apply(solution)) / (0.05 * std::sqrt(double(y.count()))), 1.0, 0.02);
}

TEST(Baseline, IsTheBetterOfTwo) {
  const Task task = Task::parse("sr(2,mean)");
  Image clean;
  clean.pixels = 0.05F * ramp({1, 1, 8, 8});
  const Image measured = degrade(clean, task, 0.0F, 1);
  const PosedTask posed = pose(task, measured.pixels.shape(), {});
  const Baseline baseline = best_baseline(posed, measured, 0.0F, clean.pixels);
  EXPECT_EQ(baseline.name, "bicubic");  // a ramp is no staircase
  EXPECT_GT(baseline.psnr, psnr(as_seen(posed, measured).pixels, clean.pixels));
}

}  // namespace
}  // namespace modeseek
