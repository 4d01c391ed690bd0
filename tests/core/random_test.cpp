#include "modeseek/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

// Known answers of Philox4x32-10 from the authors' Random123 distribution (kat_vectors).
TEST(Random, MatchesThePublishedZeroVector) {
  Random random(0, 0);
  EXPECT_EQ(random.next_bits(), 0x6627e8d5U);
  EXPECT_EQ(random.next_bits(), 0xe169c58dU);
  EXPECT_EQ(random.next_bits(), 0xbc57ac4cU);
  EXPECT_EQ(random.next_bits(), 0x9b00dbd8U);
}

TEST(Random, SameSeedSameNumbers) {
  Random a(42, 7);
  Random b(42, 7);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(a.next_bits(), b.next_bits());
}

TEST(Random, SeedsAndStreamsDiffer) {
  EXPECT_NE(Random(1, 0).next_bits(), Random(2, 0).next_bits());
  EXPECT_NE(Random(1, 0).next_bits(), Random(1, 1).next_bits());
}

TEST(Random, NormalHasUnitMoments) {
  Random random(3);
  std::vector<float> values(400000);
  random.fill_normal(values);
  double mean = 0;
  double square = 0;
  double fourth = 0;
  for (const float v : values) {
    const double x = static_cast<double>(v);
    mean += x;
    square += x * x;
    fourth += x * x * x * x;
  }
  const auto n = static_cast<double>(values.size());
  EXPECT_NEAR(mean / n, 0.0, 5e-3);
  EXPECT_NEAR(square / n, 1.0, 1e-2);
  EXPECT_NEAR(fourth / n, 3.0, 6e-2);
}

// P(X < x) of the inversion equals the error function's.
TEST(Random, NormalFollowsTheDistributionFunction) {
  Random random(11);
  constexpr int kCount = 200000;
  int below_minus_two = 0;
  int below_half = 0;
  for (int i = 0; i < kCount; ++i) {
    const double x = random.normal();
    if (x < -2.0) ++below_minus_two;
    if (x < 0.5) ++below_half;
  }
  const auto cdf = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  EXPECT_NEAR(static_cast<double>(below_minus_two) / kCount, cdf(-2.0), 1.5e-3);
  EXPECT_NEAR(static_cast<double>(below_half) / kCount, cdf(0.5), 4e-3);
}

TEST(Random, FillEqualsRepeatedCalls) {
  Random a(5, 9);
  Random b(5, 9);
  std::vector<float> filled(37);
  a.fill_normal(filled);
  for (const float value : filled) EXPECT_EQ(value, static_cast<float>(b.normal()));
}

TEST(Random, BelowStaysInRangeAndReachesEveryValue) {
  Random random(8);
  std::vector<int> hits(7);
  for (int i = 0; i < 7000; ++i) ++hits.at(random.below(7));
  for (const int count : hits) EXPECT_NEAR(count, 1000, 150);
  EXPECT_THROW(random.below(0), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
