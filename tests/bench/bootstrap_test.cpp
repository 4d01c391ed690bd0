#include "bench/bootstrap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace modeseek::bench {
namespace {

TEST(Bootstrap, NearlySymmetricAboutTheMeanForALargeSample) {
  // 0, 1, ..., 99: the mean's standard error is 28.87 / 10, its interval 49.5 -+ 1.96 x 2.887.
  std::vector<double> values(100);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  const Interval interval = bootstrap_mean(values);
  EXPECT_DOUBLE_EQ(interval.mean, 49.5);
  EXPECT_NEAR(interval.low, 49.5 - 1.96 * 2.887, 0.2);
  EXPECT_NEAR(interval.high, 49.5 + 1.96 * 2.887, 0.2);
}

TEST(Bootstrap, AgreesWithTheExactDistributionOfASmallSample) {
  // Every one of the 4^4 equally likely resamples of four values.
  const std::vector<double> values{1, 2, 4, 8};
  std::vector<double> means;
  for (unsigned code = 0; code < 256; ++code) {
    means.push_back((values[code & 3U] + values[code >> 2U & 3U] + values[code >> 4U & 3U] +
                     values[code >> 6U & 3U]) /
                    4);
  }
  std::sort(means.begin(), means.end());
  const Interval interval = bootstrap_mean(values, 200000);
  // The 2.5 and 97.5 percentiles fall inside the atoms 1.5 and 6.5.
  EXPECT_DOUBLE_EQ(means[6], 1.5);
  EXPECT_DOUBLE_EQ(means[249], 6.5);
  EXPECT_DOUBLE_EQ(interval.low, 1.5);
  EXPECT_DOUBLE_EQ(interval.high, 6.5);
}

TEST(Bootstrap, TwoValuesGiveTheirOwnRange) {
  // Each resample repeats one value with probability 1/4.
  const Interval interval = bootstrap_mean(std::vector<double>{3, 5});
  EXPECT_EQ(interval.mean, 4);
  EXPECT_EQ(interval.low, 3);
  EXPECT_EQ(interval.high, 5);
}

TEST(Bootstrap, EqualValuesHaveNoWidth) {
  const Interval interval = bootstrap_mean(std::vector<double>(7, 31.5));
  EXPECT_EQ(interval.low, 31.5);
  EXPECT_EQ(interval.high, 31.5);
}

TEST(Bootstrap, IsSeeded) {
  const std::vector<double> values{1, 5, 2, 8, 3, 9.5, 4.25};
  EXPECT_EQ(bootstrap_mean(values, 100, 3).low, bootstrap_mean(values, 100, 3).low);
  EXPECT_NE(bootstrap_mean(values, 100, 3).low, bootstrap_mean(values, 100, 4).low);
}

TEST(Bootstrap, SaysWhatIsNotKnown) {
  EXPECT_TRUE(std::isnan(bootstrap_mean({}).mean));
  const Interval one = bootstrap_mean(std::vector<double>{7});
  EXPECT_EQ(one.mean, 7);
  EXPECT_TRUE(std::isnan(one.low));
  const double infinite = std::numeric_limits<double>::infinity();
  const Interval endless = bootstrap_mean(std::vector<double>{7, infinite});
  EXPECT_EQ(endless.mean, infinite);
  EXPECT_TRUE(std::isnan(endless.high));
}

}  // namespace
}  // namespace modeseek::bench
