#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/task.hpp"
#include "operators/battery.hpp"
#include "operators/matrix_entries.hpp"
#include "operators/operators.hpp"
#include "operators/radon.hpp"
#include "operators/walsh_hadamard.hpp"

namespace modeseek {
namespace {

std::unique_ptr<Operator> build(const std::string& task, const Shape& image) {
  return Task::parse(task).build(image);
}

TEST(WalshHadamard, IsTheHadamardMatrix) {
  const std::vector<float> expected{1,  -1, 1,  -1,
                                    -1, 1,  -1, 1};  // row 5: sign (-1)^popcount(5 & j)
  std::vector<float> values(8);
  values[5] = 1;
  walsh_hadamard(values);
  for (std::size_t j = 0; j < 8; ++j) {
    EXPECT_NEAR(values[j], expected[j] / std::sqrt(8.0F), 1e-6F) << j;
  }
}

TEST(CompressedSensing, KeepsOneInRatioAndFollowsTheSeed) {
  EXPECT_EQ(build("cs:4", {1, 3, 16, 16})->range(), (Shape{1, 3, 1, 64}));
  EXPECT_EQ(build("cs:4", {1, 1, 9, 7})->range(), (Shape{1, 1, 1, 15}));
  EXPECT_THROW(build("cs:64", {1, 1, 7, 9}), InvalidArgument);
  const Tensor x = battery::random_tensor({1, 1, 16, 16}, 1);
  const Tensor a = build("cs(2,seed=1)", x.shape())->apply(x);
  EXPECT_EQ(norm(a - build("cs(2,seed=1)", x.shape())->apply(x)), 0.0);
  EXPECT_GT(norm(a - build("cs(2,seed=2)", x.shape())->apply(x)), 0.1 * norm(a));
}

TEST(CompressedSensing, TellsColoursApart) {
  Tensor x({1, 2, 8, 8});
  for (float& value : x.plane(0, 1)) value = 1;
  const Tensor y = build("cs:2", x.shape())->apply(x);
  EXPECT_EQ(norm(y.plane(0, 0)), 0.0);
  EXPECT_GT(norm(y.plane(0, 1)), 0.0);
}

TEST(Mri, IsTheCentredOrthonormalTransform) {
  const Shape shape{1, 2, 5, 6};
  const Tensor x = battery::random_tensor(shape, 2);
  const Tensor y = build("mri(1)", shape)->apply(x);
  for (std::int64_t k = 0; k < 5; ++k) {
    for (std::int64_t l = 0; l < 6; ++l) {
      std::complex<double> sum;
      for (std::int64_t i = 0; i < 5; ++i) {
        for (std::int64_t j = 0; j < 6; ++j) {
          const double turns = static_cast<double>((i - 2) * (k - 2)) / 5 +
                               static_cast<double>((j - 3) * (l - 3)) / 6;
          const std::complex<double> value(static_cast<double>(x(0, 0, i, j)),
                                           static_cast<double>(x(0, 1, i, j)));
          sum += value * std::polar(1.0, -2 * std::numbers::pi * turns);
        }
      }
      EXPECT_NEAR(y(0, 0, k, l), sum.real() / std::sqrt(30.0), 1e-5);
      EXPECT_NEAR(y(0, 1, k, l), sum.imag() / std::sqrt(30.0), 1e-5);
    }
  }
}

TEST(Mri, SamplesWholeColumnsTheCentreAmongThem) {
  const auto op = build("mri(4,seed=5)", {1, 1, 20, 128});
  const Tensor known = op->known_entries();
  ASSERT_EQ(known.shape(), op->range());
  int lines = 0;
  for (std::int64_t x = 0; x < 128; ++x) {
    lines += known(0, 0, 0, x) != 0.0F ? 1 : 0;
    for (std::int64_t y = 0; y < 20; ++y) EXPECT_EQ(known(0, 1, y, x), known(0, 0, 0, x));
  }
  EXPECT_EQ(lines, 32);
  for (std::int64_t x = 59; x < 69; ++x) EXPECT_EQ(known(0, 0, 0, x), 1.0F) << x;  // 8 %
}

TEST(Mri, CoilsWithoutWeightAreTheSingleCoil) {
  Tensor coils({2, 2, 8, 6});
  for (float& value : coils.plane(1, 0)) value = 1;
  const auto load = [&](const std::string&) { return coils; };
  const Task task = Task::parse("mri(2;coils=c.npy)");
  const auto multi = task.build({1, 1, 8, 6}, load);
  const Tensor x = battery::random_tensor({1, 1, 8, 6}, 3);
  const Tensor y = multi->apply(x);
  const Tensor single = build("mri(2)", x.shape())->apply(x);
  EXPECT_EQ(y.shape(), (Shape{1, 4, 8, 6}));
  EXPECT_EQ(norm(y.plane(0, 0)), 0.0);
  for (std::int64_t part = 0; part < 2; ++part) {
    for (std::size_t i = 0; i < y.plane(0, 0).size(); ++i) {
      EXPECT_NEAR(y.plane(0, 2 + part)[i], single.plane(0, part)[i], 1e-6) << part << " " << i;
    }
  }
  EXPECT_THROW(task.build({1, 1, 8, 8}, load), InvalidArgument);
  coils(0, 0, 0, 0) = NAN;
  EXPECT_THROW(task.build({1, 1, 8, 6}, load), InvalidArgument);
  coils = Tensor({2, 3, 8, 6});
  EXPECT_THROW(task.build({1, 1, 8, 6}, load), InvalidArgument);
}

/// A disk of value 1, smoothed over a pixel at its rim.
Tensor disk(std::int64_t n, double radius, double centre_x, double centre_y) {
  Tensor x({1, 1, n, n});
  const double middle = static_cast<double>(n - 1) / 2;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      const double r = std::hypot(static_cast<double>(j) - middle - centre_x,
                                  middle - static_cast<double>(i) - centre_y);
      x(0, 0, i, j) = static_cast<float>(std::clamp(radius + 0.5 - r, 0.0, 1.0));
    }
  }
  return x;
}

TEST(Ct, ProjectsADiskOntoItsChords) {
  constexpr std::int64_t kSide = 64;
  constexpr double kRadius = 15;
  const auto op = build("ct(12)", {1, 1, kSide, kSide});
  ASSERT_EQ(op->range(), (Shape{1, 1, 12, 91}));
  const Tensor y = op->apply(disk(kSide, kRadius, 8, 5));
  for (std::int64_t a = 0; a < 12; ++a) {
    const double angle = static_cast<double>(a) * std::numbers::pi / 12;
    for (std::int64_t d = 0; d < 91; ++d) {
      // The shadow of the centre moves by X cos + Y sin, Y upwards.
      const double t = static_cast<double>(d) - 45 - 8 * std::cos(angle) - 5 * std::sin(angle);
      if (std::abs(std::abs(t) - kRadius) < 2) continue;  // the rim is steep
      const double chord = std::abs(t) < kRadius ? 2 * std::sqrt(kRadius * kRadius - t * t) : 0;
      EXPECT_NEAR(y(0, 0, a, d), chord / kSide, 0.5 / kSide) << a << " " << d;
    }
  }
}

TEST(Ct, AnglesFromAFileAndAroundTheCircle) {
  const auto load = [](const std::string&) {
    return Tensor({1, 1, 1, 3}, std::vector<float>{30, 210, 750});
  };
  const Tensor x = battery::random_tensor({1, 1, 16, 16}, 4);
  const auto op = Task::parse("ct(angles=a.npy)").build(x.shape(), load);
  const Tensor y = op->apply(x);
  for (std::int64_t d = 0; d < y.shape().w; ++d) {
    EXPECT_NEAR(y(0, 0, 0, d), y(0, 0, 1, y.shape().w - 1 - d), 1e-5);
    EXPECT_NEAR(y(0, 0, 0, d), y(0, 0, 2, d), 1e-5);
  }
  const auto bad = [](const std::string&) {
    return Tensor({1, 1, 1, 2}, std::vector<float>{0, NAN});
  };
  EXPECT_THROW(Task::parse("ct(angles=a.npy)").build(x.shape(), bad), InvalidArgument);
}

TEST(Ct, PreconditionerHelps) {
  const auto op = build("ct(30)", {1, 1, 48, 48});
  const Tensor b = op->adjoint(op->apply(battery::random_tensor(op->domain(), 5)));
  SolveReport with;
  SolveReport without;
  op->solve_normal(b, 1e-3, &with);
  battery::PlainOperator(*op).solve_normal(b, 1e-3, &without);
  EXPECT_TRUE(with.converged);
  EXPECT_LT(with.iterations, without.iterations);
}

TEST(Matrix, ActsOnTheFlattenedImageOrOnEveryChannel) {
  const Tensor matrix({1, 1, 2, 4}, std::vector<float>{1, 2, 3, 4, 0, 0, -1, 0});
  const auto load = [&](const std::string&) { return matrix; };
  const Task task = Task::parse("matrix(m.npy)");
  const Tensor x({1, 1, 2, 2}, std::vector<float>{1, 10, 100, 1000});
  const Tensor y = task.build(x.shape(), load)->apply(x);
  EXPECT_EQ(y.shape(), (Shape{1, 1, 1, 2}));
  EXPECT_EQ(y(0, 0, 0, 0), 4321.0F);
  EXPECT_EQ(y(0, 0, 0, 1), -100.0F);
  EXPECT_EQ(task.build({1, 3, 2, 2}, load)->range(), (Shape{1, 3, 1, 2}));
  EXPECT_EQ(task.build({1, 4, 1, 1}, load)->range(), (Shape{1, 1, 1, 2}));
  try {
    task.build({1, 3, 3, 3}, load);
    ADD_FAILURE() << "accepted";
  } catch (const InvalidArgument& error) {
    EXPECT_STREQ(error.what(),
                 "m.npy: the matrix has 2x4 entries, expected 27 columns or 9 (every channel "
                 "alike) for an image [1,3,3,3]");
  }
}

TEST(Matrix, RefusesEntriesThatDoNotFit) {
  const auto refuse = [](const Shape& shape, std::vector<float> values) {
    const Tensor entries(shape, std::move(values));
    const auto load = [&](const std::string&) { return entries; };
    EXPECT_THROW(Task::parse("matrix(m.npz)").build({1, 1, 2, 2}, load), InvalidArgument);
  };
  refuse({1, 1, 1, 2}, {2, 4});
  refuse({1, 1, 1, 3}, {0, 4, 0});
  refuse({1, 1, 1, 3}, {2, 5, 0});
  refuse({1, 1, 2, 3}, {2, 4, 0, 2, 0, 1});
  refuse({1, 1, 2, 3}, {2, 4, 0, 0, 4, 1});
  refuse({1, 1, 2, 3}, {2, 4, 0, -1, 0, 1});
  refuse({1, 1, 2, 3}, {2, 4, 0, 0.5F, 0, 1});
  refuse({1, 1, 2, 3}, {2, 4, 0, 0, 0, NAN});
  refuse({1, 1, 2, 3}, {2, 4, 0, NAN, 0, 1});
  refuse({1, 1, 1, 3}, {1e30F, 4, 0});
  const auto load = [](const std::string&) {
    return Tensor({1, 1, 1, 4}, std::vector<float>{1, 2, INFINITY, 4});
  };
  EXPECT_THROW(Task::parse("matrix(m.npy)").build({1, 1, 2, 2}, load), InvalidArgument);
}

TEST(Matrix, CompressesRowsInOrder) {
  const Tensor entries({1, 1, 4, 3}, std::vector<float>{3, 2, 0, 2, 1, 5, 0, 0, 7, 2, 0, 9});
  const CompressedRows m = compress_rows(entries);
  EXPECT_EQ(m.offsets, (std::vector<std::size_t>{0, 1, 1, 3}));
  EXPECT_EQ(m.places, (std::vector<std::uint32_t>{0, 1, 0}));
  EXPECT_EQ(m.values, (std::vector<float>{7, 5, 9}));
  const CompressedRows t = m.transposed();
  EXPECT_EQ(t.offsets, (std::vector<std::size_t>{0, 2, 3}));
  EXPECT_EQ(t.places, (std::vector<std::uint32_t>{0, 2, 2}));
  EXPECT_EQ(t.values, (std::vector<float>{7, 9, 5}));
}

TEST(SizelessMeasurements, SayThatTheSizeIsUnknown) {
  for (const char* text : {"cs:4", "ct(30)", "stack(denoise,denoise)", "chain(denoise,cs:2)"}) {
    SCOPED_TRACE(text);
    EXPECT_THROW(Task::parse(text).image_shape({1, 3, 4, 4}, 3), InvalidArgument);
  }
}

}  // namespace
}  // namespace modeseek
