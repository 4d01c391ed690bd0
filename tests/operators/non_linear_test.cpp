#include "operators/non_linear.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/image.hpp"
#include "modeseek/task.hpp"
#include "operators/battery.hpp"
#include "operators/jpeg_tables.hpp"

namespace modeseek {
namespace {

using battery::random_tensor;

std::unique_ptr<Operator> build(const std::string& task, const Shape& image) {
  return Task::parse(task).build(image);
}

/// Values from -0.8 to 1 that stay clear of the kinks of clip(2 x) at +-1/2.
Tensor picture(const Shape& shape, std::uint64_t seed) {
  Tensor x(shape);
  Random random(seed);
  for (float& value : x.values()) {
    const double u = 1.75 * random.uniform() - 0.8;
    value = static_cast<float>(std::abs(std::abs(u) - 0.5) < 0.02 ? u + 0.05 : u);
  }
  return x;
}

struct Case {
  std::string task;
  Shape image;
  bool smooth;  ///< differentiable, not by the straight-through estimator
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.task << " on " << to_string(c.image); }

class NonLinearBattery : public testing::TestWithParam<Case> {
 protected:
  std::unique_ptr<Operator> op = build(GetParam().task, GetParam().image);
};

TEST_P(NonLinearBattery, DerivativeIsALinearOperator) {
  const auto derivative = op->linearize(picture(op->domain(), 1));
  ASSERT_NE(derivative, nullptr);
  EXPECT_EQ(derivative->domain(), op->domain());
  EXPECT_EQ(derivative->range(), op->range());
  EXPECT_TRUE(is_linear(*derivative));
  EXPECT_LE(derivative->norm(), 1.001 * op->norm());
  battery::expect_adjoint(*derivative);
  battery::expect_solves(*derivative);
  if (op->domain().count() <= 200) battery::expect_dense(*derivative);
}

TEST_P(NonLinearBattery, DerivativeAgreesWithDifferences) {
  if (!GetParam().smooth) GTEST_SKIP() << "straight-through";
  const Tensor x = picture(op->domain(), 2);
  const auto derivative = op->linearize(x);
  Tensor v = random_tensor(op->domain(), 3);
  const auto scale = static_cast<float>(1 / norm(v));
  v = scale * std::move(v);
  constexpr float kStep = 2e-2F;
  Tensor plus = x;
  add_scaled(plus, kStep, v);
  Tensor minus = x;
  add_scaled(minus, -kStep, v);
  const Tensor slope = (0.5F / kStep) * (op->apply(plus) - op->apply(minus));
  EXPECT_LE(battery::relative_difference(derivative->apply(v), slope), 5e-3);
}

TEST_P(NonLinearBattery, SamplesHaveTheirOwnDerivatives) {
  const Tensor x = picture(op->domain().with_samples(3), 4);
  const auto whole = op->linearize(x);
  const auto alone = op->linearize(x.copy_sample(1));
  const Tensor v = random_tensor(op->domain().with_samples(3), 5);
  const Tensor y = random_tensor(op->range().with_samples(3), 6);
  const auto expect_equal = [](const Tensor& batch, const Tensor& one) {
    EXPECT_TRUE(std::ranges::equal(batch.sample(1), one.values()));
  };
  expect_equal(op->apply(x), op->apply(x.copy_sample(1)));
  expect_equal(whole->apply(v), alone->apply(v.copy_sample(1)));
  expect_equal(whole->adjoint(y), alone->adjoint(y.copy_sample(1)));
  expect_equal(whole->pseudo_inverse(y, 1e-2), alone->pseudo_inverse(y.copy_sample(1), 1e-2));
  EXPECT_THROW(whole->apply(v.copy_sample(0)), InvalidArgument);
}

TEST_P(NonLinearBattery, HasNoAdjointOfItsOwn) {
  if (GetParam().task.starts_with("stack") || GetParam().task.starts_with("chain")) return;
  EXPECT_THROW(op->adjoint(Tensor(op->range())), InvalidArgument);
  EXPECT_THROW(op->pseudo_inverse(Tensor(op->range()), 0.1), InvalidArgument);
  EXPECT_THROW(op->linearize(Tensor({1, 1, 1, 2})), InvalidArgument);
}

TEST_P(NonLinearBattery, ShapesFollowFromTheTask) {
  const Task task = Task::parse(GetParam().task);
  EXPECT_EQ(task.fitting_shape(GetParam().image), GetParam().image);
  if (GetParam().task.starts_with("stack")) return;
  EXPECT_EQ(task.image_shape(op->range(), GetParam().image.c), GetParam().image);
}

INSTANTIATE_TEST_SUITE_P(
    Tasks, NonLinearBattery,
    testing::Values(Case{"hdr", {1, 3, 5, 7}, true}, Case{"gamma:2.2", {1, 3, 5, 7}, true},
                    Case{"gamma(0.45)", {1, 1, 8, 8}, true},
                    Case{"quantise:3", {1, 3, 5, 7}, false}, Case{"jpeg:20", {1, 3, 9, 7}, false},
                    Case{"jpeg:20", {1, 3, 3, 2}, false}, Case{"jpeg:90", {1, 1, 8, 10}, false},
                    Case{"phase-retrieval", {1, 1, 8, 12}, true},
                    Case{"phase-retrieval", {1, 2, 9, 7}, true},
                    Case{"chain(blur(gaussian:3,0.5),hdr)", {1, 3, 6, 6}, true},
                    Case{"chain(gamma:2,sr(2,mean))", {1, 3, 6, 8}, true},
                    Case{"chain(gamma:2,quantise:4)", {1, 1, 6, 8}, false},
                    Case{"stack(hdr,sr(2,mean))", {1, 1, 6, 8}, true}));

TEST(Pointwise, Values) {
  const Tensor x({1, 1, 1, 5}, std::vector<float>{-1.0F, -0.25F, 0.0F, 0.3F, 0.9F});
  const auto expect = [&](const std::string& task, std::vector<double> expected) {
    const Tensor y = build(task, x.shape())->apply(x);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(y.values()[i], expected[i], 1e-6) << task << " " << i;
    }
  };
  expect("hdr", {-1, -0.5, 0, 0.6, 1});
  expect("quantise:1", {-1, -1, 1, 1, 1});
  expect("quantise:2", {-1, -1.0 / 3, 1.0 / 3, 1.0 / 3, 1});
  const auto gamma2 = [](double v) { return 2 * v * v - 1; };
  expect("gamma:2", {2 * (std::pow(1.0 / 256, 2) - 2.0 / 256 / 256) - 1, gamma2(0.375), gamma2(0.5),
                     gamma2(0.65), gamma2(0.95)});
}

TEST(PhaseRetrieval, IsTheAmplitudeOfThePaddedTransform) {
  const Shape shape{1, 1, 6, 9};
  const Tensor x = picture(shape, 7);
  const Tensor y = build("phase-retrieval", shape)->apply(x);
  ASSERT_EQ(y.shape(), (Shape{1, 1, 8, 13}));
  for (std::int64_t k = 0; k < 8; ++k) {
    for (std::int64_t l = 0; l < 13; ++l) {
      std::complex<double> sum;
      for (std::int64_t i = 0; i < 6; ++i) {
        for (std::int64_t j = 0; j < 9; ++j) {
          const double turns =
              static_cast<double>(i * (k - 4)) / 8 + static_cast<double>(j * (l - 6)) / 13;
          sum += (1.0 + static_cast<double>(x(0, 0, i, j))) *
                 std::polar(1.0, -2 * std::numbers::pi * turns);
        }
      }
      EXPECT_NEAR(y(0, 0, k, l), std::abs(sum) / std::sqrt(8.0 * 13.0), 1e-5);
    }
  }
}

/// Pixels of 8-bit pictures that differ by more than `levels` grey levels, as a share.
double share_beyond(const Tensor& a, const Tensor& b, double levels) {
  double count = 0;
  for (std::size_t i = 0; i < a.values().size(); ++i) {
    count += std::abs(a.values()[i] - b.values()[i]) * 127.5F > levels ? 1 : 0;
  }
  return count / static_cast<double>(a.count());
}

TEST(Jpeg, AgreesWithLibjpeg) {
  const std::string folder = MODESEEK_TEST_DATA "/operators/";
  struct File {
    const char* clean;
    const char* jpeg;
    const char* task;
    double share;  ///< of values that may differ by 3 levels or more
  };
  for (const File& file : {File{"photo.png", "photo_q30.jpg", "jpeg:30", 0.005},
                           File{"photo.png", "photo_q75.jpg", "jpeg:75", 0.12},
                           File{"grey.png", "grey_q30.jpg", "jpeg:30", 0.02}}) {
    SCOPED_TRACE(file.jpeg);
    const Tensor clean = read_image(folder + file.clean).pixels;
    const Tensor expected = read_image(folder + file.jpeg).pixels;
    const Tensor coded = build(file.task, clean.shape())->apply(clean);
    // libjpeg computes in integers: now and then a coefficient falls to the other side of a small
    // step.
    EXPECT_LE(share_beyond(coded, expected, 2.5), file.share);
    EXPECT_LE(norm(coded - expected), 0.25 * norm(clean - expected));
  }
}

TEST(Jpeg, TablesAreThoseOfLibjpeg) {
  EXPECT_EQ(jpeg_luminance_table(50)[0], 16.0F);
  EXPECT_EQ(jpeg_luminance_table(50)[63], 99.0F);
  EXPECT_EQ(jpeg_luminance_table(10)[1], 55.0F);
  EXPECT_EQ(jpeg_luminance_table(100)[5], 1.0F);
  EXPECT_EQ(jpeg_luminance_table(1)[0], 255.0F);
  EXPECT_EQ(jpeg_chrominance_table(75)[2], 12.0F);
  EXPECT_THROW(jpeg_luminance_table(0), InvalidArgument);
  EXPECT_THROW(jpeg_chrominance_table(101), InvalidArgument);
  EXPECT_THROW(build("jpeg:50", {1, 2, 8, 8}), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
