#include <gtest/gtest.h>

#include <cmath>

#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"
#include "modeseek/random.hpp"

namespace modeseek {
namespace {

Tensor row(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Tensor({1, 1, 1, count}, std::move(values));
}

TEST(Coverage, CountsValuesWithinOneTwoAndThreeDeviations) {
  const Tensor truth = row({0.5F, 1.5F, -2.5F, 3.5F});
  const auto shares = coverage(row({0, 0, 0, 0}), row({1, 1, 1, 1}), truth);
  EXPECT_EQ(shares, (std::array<double, 3>{0.25, 0.5, 0.75}));
}

TEST(Coverage, ADeviationOfZeroAdmitsTheExactValueOnly) {
  const auto shares = coverage(row({1, 1}), row({0, 0}), row({1, 1.001F}));
  EXPECT_EQ(shares, (std::array<double, 3>{0.5, 0.5, 0.5}));
}

TEST(Coverage, IsThatOfTheNormalDistributionForACalibratedGaussian) {
  Tensor truth({1, 1, 300, 300});
  Random(7).fill_normal(truth.values());
  const auto shares = coverage(Tensor(truth.shape(), 0.0F), Tensor(truth.shape(), 1.0F), truth);
  for (std::size_t k = 0; k < shares.size(); ++k) {
    EXPECT_NEAR(shares[k], std::erf(static_cast<double>(k + 1) / std::sqrt(2)), 0.005) << k;
  }
}

TEST(Coverage, RefusesOtherShapes) {
  EXPECT_THROW(coverage(row({1}), row({1}), row({1, 2})), InvalidArgument);
  EXPECT_THROW(coverage(row({1, 2}), row({1}), row({1, 2})), InvalidArgument);
  EXPECT_THROW(coverage({}, {}, {}), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
