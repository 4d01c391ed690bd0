#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "modeseek/error.hpp"
#include "modeseek/task.hpp"
#include "operators/battery.hpp"
#include "operators/convolution.hpp"
#include "operators/kernel.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

/// Twin of every blur: the definition, tap by tap, with the border rule in place.
Tensor slow_blur(const Tensor& x, const Kernel& k, Boundary boundary) {
  const std::int64_t h = x.shape().h;
  const std::int64_t w = x.shape().w;
  const bool valid = boundary == Boundary::valid;
  Tensor y({1, x.shape().c, valid ? h - k.h + 1 : h, valid ? w - k.w + 1 : w});
  const auto source = [&](std::int64_t i, std::int64_t n) -> std::int64_t {
    if (boundary == Boundary::circular) return ((i % n) + n) % n;
    if (boundary == Boundary::reflect) {
      while (i < 0 || i >= n) i = i < 0 ? -1 - i : 2 * n - 1 - i;
    }
    return i >= 0 && i < n ? i : -1;
  };
  for (std::int64_t p = 0; p < y.count(); ++p) {
    const std::int64_t c = p / y.shape().plane();
    const std::int64_t i = p % y.shape().plane() / y.shape().w;
    const std::int64_t j = p % y.shape().w;
    double sum = 0;
    for (std::int64_t a = 0; a < k.h; ++a) {
      for (std::int64_t b = 0; b < k.w; ++b) {
        const std::int64_t row = source(i + (valid ? k.h - 1 : k.anchor_y) - a, h);
        const std::int64_t column = source(j + (valid ? k.w - 1 : k.anchor_x) - b, w);
        if (row >= 0 && column >= 0) sum += k(a, b) * static_cast<double>(x(0, c, row, column));
      }
    }
    y.values()[static_cast<std::size_t>(p)] = static_cast<float>(sum);
  }
  return y;
}

constexpr Boundary kBoundaries[] = {Boundary::reflect, Boundary::circular, Boundary::zero,
                                    Boundary::valid};

TEST(Blur, EqualsItsDefinition) {
  const std::vector<Kernel> kernels{gaussian_kernel(5, 0.7, 2.0), motion_kernel(13, 0.6, 4),
                                    disk_kernel(1.7),
                                    normalised_kernel(2, 3, {1, 2, -0.5, 4, 0, 1}, "kernel"),
                                    normalised_kernel(1, 4, {1, 2, 3, 4}, "kernel")};
  const Tensor x = battery::random_tensor({1, 2, 14, 17}, 3);
  for (const Kernel& kernel : kernels) {
    for (const Boundary boundary : kBoundaries) {
      const Tensor expected = slow_blur(x, kernel, boundary);
      EXPECT_LE(
          battery::relative_difference(make_blur(x.shape(), kernel, boundary)->apply(x), expected),
          2e-6);
    }
  }
}

TEST(Blur, KernelsLargerThanTheImageWrapByTheBorderRule) {
  const Kernel kernel = motion_kernel(31, 0.9, 2);
  const Tensor x = battery::random_tensor({1, 1, 5, 3}, 3);
  for (const Boundary boundary : {Boundary::reflect, Boundary::circular, Boundary::zero}) {
    EXPECT_LE(battery::relative_difference(make_blur(x.shape(), kernel, boundary)->apply(x),
                                           slow_blur(x, kernel, boundary)),
              5e-6);
  }
  EXPECT_THROW(make_blur(x.shape(), kernel, Boundary::valid), InvalidArgument);
}

TEST(Blur, DirectAndFourierConvolutionsAgree) {
  const Kernel kernel = motion_kernel(9, 0.5, 1);
  const ValidConvolution direct(kernel, 23, 31, 1000);
  const ValidConvolution fourier(kernel, 23, 31, 0);
  const Tensor x = battery::random_tensor({2, 3, 23, 31}, 1);
  const Tensor y = battery::random_tensor({2, 3, 15, 23}, 2);
  EXPECT_LE(battery::relative_difference(fourier.apply(x), direct.apply(x)), 2e-6);
  EXPECT_LE(battery::relative_difference(fourier.adjoint(y), direct.adjoint(y)), 2e-6);
}

TEST(Blur, DecayingSpectraHaveANoiseFloor) {
  const Shape image{1, 1, 64, 64};
  for (const Boundary boundary : kBoundaries) {
    const bool closed = boundary == Boundary::circular || boundary == Boundary::reflect;
    EXPECT_FLOAT_EQ(make_blur(image, gaussian_kernel(13, 2, 2), boundary)->noise_floor(),
                    closed ? 1e-6F : 5e-4F);
    EXPECT_EQ(make_blur(image, gaussian_kernel(3, 0.4, 0.4), boundary)->noise_floor(), 0.0F);
  }
}

// At a tiny lam the rounding of H^T y must not come back divided by lam.
TEST(Blur, PseudoInverseIsStableWithoutNoise) {
  const auto op = make_blur({1, 1, 64, 48}, gaussian_kernel(13, 2, 2), Boundary::reflect);
  const Tensor x = battery::random_tensor(op->domain(), 3);
  const Tensor y = op->apply(x);
  for (const double lam : {1e-6, 1e-10}) {
    const Tensor u = op->pseudo_inverse(y, lam);
    EXPECT_LE(norm(u), 1.1 * norm(x)) << lam;
    EXPECT_LE(battery::relative_difference(op->apply(u), y), 1e-2) << lam;
  }
}

TEST(Kernel, TapsFollowTheFormulas) {
  const Kernel gaussian = gaussian_kernel(5, 1.0, 2.0);
  EXPECT_NEAR(gaussian(0, 2) / gaussian(2, 2), std::exp(-2.0), 1e-12);
  EXPECT_NEAR(gaussian(2, 0) / gaussian(2, 2), std::exp(-0.5), 1e-12);
  EXPECT_DOUBLE_EQ(uniform_kernel(3)(1, 2), 1.0 / 9);
  const Kernel disk = disk_kernel(3.0);
  EXPECT_EQ(disk.h, 7);
  EXPECT_NEAR(disk(3, 3), 1 / (3.14159265 * 9), 2e-4);
  EXPECT_TRUE(is_symmetric(disk));
  EXPECT_EQ(disk_kernel(0.3).h, 1);
}

TEST(Kernel, MotionIsSeededCentredAndStraightWithoutIntensity) {
  const Kernel one = motion_kernel(61, 0.5, 1);
  EXPECT_EQ(one.values, motion_kernel(61, 0.5, 1).values);
  EXPECT_NE(one.values, motion_kernel(61, 0.5, 2).values);
  EXPECT_NEAR(std::accumulate(one.values.begin(), one.values.end(), 0.0), 1.0, 1e-12);
  double y = 0;
  double x = 0;
  for (std::int64_t a = 0; a < 61; ++a) {
    for (std::int64_t b = 0; b < 61; ++b) {
      y += static_cast<double>(a - 30) * one(a, b);
      x += static_cast<double>(b - 30) * one(a, b);
    }
  }
  EXPECT_NEAR(y, 0, 1e-9);
  EXPECT_NEAR(x, 0, 1e-9);

  // The taps of a straight line have a covariance of rank one, but for the splatting.
  const Kernel line = motion_kernel(61, 0.0, 3);
  double yy = 0;
  double xx = 0;
  double yx = 0;
  for (std::int64_t a = 0; a < 61; ++a) {
    for (std::int64_t b = 0; b < 61; ++b) {
      const double dy = static_cast<double>(a - 30);
      const double dx = static_cast<double>(b - 30);
      yy += dy * dy * line(a, b);
      xx += dx * dx * line(a, b);
      yx += dy * dx * line(a, b);
    }
  }
  EXPECT_LT((yy * xx - yx * yx) / (yy + xx), 0.5);
}

TEST(Kernel, RefusesWhatNoBlurCanBe) {
  const auto array = [](std::vector<float> values) {
    const auto count = static_cast<std::int64_t>(values.size());
    return Tensor({1, 1, 1, count}, std::move(values));
  };
  EXPECT_THROW(kernel_from_array(array({1, -1})), InvalidArgument);
  EXPECT_THROW(kernel_from_array(array({0, 0})), InvalidArgument);
  EXPECT_THROW(kernel_from_array(array({1, -3})), InvalidArgument);
  EXPECT_THROW(kernel_from_array(array({1, std::numeric_limits<float>::quiet_NaN()})),
               InvalidArgument);
  EXPECT_THROW(kernel_from_array(array({1, std::numeric_limits<float>::infinity()})),
               InvalidArgument);
  EXPECT_THROW(kernel_from_array(Tensor({1, 1, 1026, 1}, 1.0F)), InvalidArgument);
  EXPECT_THROW(kernel_from_array(Tensor({2, 1, 3, 3}, 1.0F)), InvalidArgument);
  EXPECT_THROW(gaussian_kernel(4, 1, 1), InvalidArgument);
  EXPECT_THROW(gaussian_kernel(1027, 1, 1), InvalidArgument);
  EXPECT_THROW(gaussian_kernel(3, 0, 1), InvalidArgument);
  EXPECT_THROW(disk_kernel(513), InvalidArgument);
  EXPECT_THROW(motion_kernel(3, 1.5, 0), InvalidArgument);
}

TEST(Kernel, FileNameStartsTheMessage) {
  const auto load = [](const std::string&) { return Tensor({1, 1, 3, 3}, 0.0F); };
  try {
    Task::parse("blur(kernel=k.npy)").build({1, 1, 8, 8}, load);
    FAIL();
  } catch (const InvalidArgument& error) {
    EXPECT_STREQ(error.what(), "k.npy: the kernel has a zero sum, a blur needs a positive one");
  }
}

}  // namespace
}  // namespace modeseek
