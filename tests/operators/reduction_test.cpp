#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "modeseek/error.hpp"
#include "modeseek/task.hpp"
#include "operators/battery.hpp"

namespace modeseek {
namespace {

Tensor no_files(const std::string& path) { throw FileError(path, "no such file"); }

std::unique_ptr<Operator> build(const std::string& task, const Shape& image) {
  return Task::parse(task).build(image, no_files);
}

/// A picture of sixteenths, exact in float32.
Tensor picture(std::int64_t n) {
  Tensor x({1, 1, n, n});
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      x(0, 0, i, j) = static_cast<float>((7 * i * i + 13 * j + 3 * i * j) % 32) / 16.0F - 1.0F;
    }
  }
  return x;
}

double cubic(double t) {
  t = std::abs(t);
  if (t <= 1) return 1.5 * t * t * t - 2.5 * t * t + 1;
  if (t <= 2) return -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2;
  return 0;
}

/// The definition, pixel by pixel over a plane mirrored far enough, both axes at once.
double slow_bicubic(const Tensor& x, std::int64_t r, std::int64_t oy, std::int64_t ox) {
  const auto mirrored = [](std::int64_t i, std::int64_t n) {
    while (i < 0 || i >= n) i = i < 0 ? -1 - i : 2 * n - 1 - i;
    return i;
  };
  const auto distance = [r](std::int64_t j, std::int64_t o) {
    const double scale = static_cast<double>(r);
    return (static_cast<double>(j) + 0.5) / scale - (static_cast<double>(o) + 0.5);
  };
  double sum = 0;
  double weights = 0;
  for (std::int64_t i = r * oy - 3 * r; i < r * oy + 4 * r; ++i) {
    for (std::int64_t j = r * ox - 3 * r; j < r * ox + 4 * r; ++j) {
      const double weight = cubic(distance(i, oy)) * cubic(distance(j, ox));
      sum +=
          weight * static_cast<double>(x(0, 0, mirrored(i, x.shape().h), mirrored(j, x.shape().w)));
      weights += weight;
    }
  }
  return sum / weights;
}

TEST(Bicubic, EqualsItsDefinition) {
  for (const std::int64_t r : {1, 2, 3, 4, 5, 8}) {
    const std::int64_t n = 3 * r;
    const Tensor x = battery::random_tensor({1, 1, n, 2 * r}, 4);
    const Tensor y = build("sr(" + std::to_string(r) + ",bicubic)", x.shape())->apply(x);
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t j = 0; j < 2; ++j) {
        EXPECT_NEAR(y(0, 0, i, j), slow_bicubic(x, r, i, j), 2e-6) << r << " " << i << " " << j;
      }
    }
  }
}

// Image.fromarray(x, mode="F").resize((n // r, n // r), Image.BICUBIC) of Pillow 13.0.0, outputs 2
// to 5 of both axes: those whose taps all lie inside (at the border Pillow cuts the filter
// instead).
constexpr std::array<double, 16> kPillow4{0.09515023,  -0.10711813, 0.08899069,  -0.07658195,
                                          0.03757596,  0.09444737,  -0.13647771, -0.02888465,
                                          -0.12624645, -0.16910148, -0.20110536, -0.05761027,
                                          -0.06927633, 0.00154233,  0.09310102,  0.03953624};
constexpr std::array<double, 16> kPillow3{-0.16166553, -0.07564586, 0.02134774,  0.09639346,
                                          0.10266156,  0.17095336,  -0.13325903, -0.06710105,
                                          0.10329027,  0.04259069,  0.11327352,  -0.0480205,
                                          -0.2131249,  -0.21229614, 0.10281398,  -0.26459381};

TEST(Bicubic, EqualsPillowInTheInterior) {
  const Tensor four = build("sr(4,bicubic)", {1, 1, 32, 32})->apply(picture(32));
  const Tensor three = build("sr(3,bicubic)", {1, 1, 24, 24})->apply(picture(24));
  for (std::int64_t k = 0; k < 16; ++k) {
    const auto at = static_cast<std::size_t>(k);
    EXPECT_NEAR(four(0, 0, 2 + k / 4, 2 + k % 4), kPillow4[at], 1e-6) << k;
    EXPECT_NEAR(three(0, 0, 2 + k / 4, 2 + k % 4), kPillow3[at], 1e-6) << k;
  }
}

TEST(Bicubic, KeepsConstantsAndNeedsNoNoiseFloor) {
  const auto op = build("sr(4,bicubic)", {1, 3, 32, 64});
  const Tensor y = op->apply(Tensor({1, 3, 32, 64}, 0.25F));
  for (const float value : y.values()) EXPECT_NEAR(value, 0.25F, 1e-6);
  EXPECT_EQ(op->noise_floor(), 0.0F);
}

TEST(BlockMean, AveragesBlocks) {
  const Tensor x({1, 1, 2, 4}, std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor y = build("sr(2,mean)", x.shape())->apply(x);
  EXPECT_FLOAT_EQ(y(0, 0, 0, 0), 3.5F);
  EXPECT_FLOAT_EQ(y(0, 0, 0, 1), 5.5F);
}

TEST(KernelReduction, KeepsEveryRthPixelOfTheBlur) {
  const Tensor x = battery::random_tensor({1, 1, 12, 9}, 6);
  for (const char* boundary : {"reflect", "circular", "zero"}) {
    const std::string options = std::string("gaussian:5,1;boundary=") + boundary + ")";
    const Tensor blurred = build("blur(" + options, x.shape())->apply(x);
    const Tensor reduced = build("sr(3," + options, x.shape())->apply(x);
    ASSERT_EQ(reduced.shape(), (Shape{1, 1, 4, 3}));
    for (std::int64_t i = 0; i < 12; ++i) {
      EXPECT_NEAR(reduced(0, 0, i / 3, i % 3), blurred(0, 0, i / 3 * 3, i % 3 * 3), 1e-6);
    }
  }
}

TEST(Reduction, RefusesSizesThatAreNoMultiple) {
  for (const char* task : {"sr(4,mean)", "sr(4,bicubic)", "sr(4,gaussian:5,1)",
                           "sr(4,gaussian:5,1;boundary=circular)"}) {
    EXPECT_THROW(build(task, {1, 3, 8, 10}), InvalidArgument) << task;
    EXPECT_THROW(build(task, {1, 3, 2, 2}), InvalidArgument) << task;
  }
}

}  // namespace
}  // namespace modeseek
