#include "solvers/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

TEST(Schedule, MeetsBothEndsExactlyAndFalls) {
  const std::vector<float> levels = karras_schedule(20, 80.0F, 0.002F);
  ASSERT_EQ(levels.size(), 20U);
  EXPECT_EQ(levels.front(), 80.0F);
  EXPECT_EQ(levels.back(), 0.002F);
  for (std::size_t i = 1; i < levels.size(); ++i) EXPECT_LT(levels[i], levels[i - 1]);
}

// Third of the 18 levels of EDM's schedule for 0.002 to 80, by eq. 5 of the paper.
TEST(Schedule, IsEvenInTheSeventhRoot) {
  const std::vector<float> levels = karras_schedule(18, 80.0F, 0.002F);
  const double expected = std::pow(
      std::pow(80.0, 1 / 7.0) + 2.0 / 17 * (std::pow(0.002, 1 / 7.0) - std::pow(80.0, 1 / 7.0)), 7);
  EXPECT_NEAR(static_cast<double>(levels[2]), expected, 1e-5 * expected);
  EXPECT_NEAR(static_cast<double>(levels[1]), 57.586, 2e-3);
}

TEST(Schedule, ShortOnes) {
  EXPECT_EQ(karras_schedule(1, 5.0F, 1.0F), std::vector<float>{5.0F});
  EXPECT_EQ(karras_schedule(2, 5.0F, 1.0F), (std::vector<float>{5.0F, 1.0F}));
  EXPECT_EQ(karras_schedule(3, 2.0F, 2.0F).back(), 2.0F);
}

TEST(Schedule, RefusesBadRanges) {
  EXPECT_THROW(karras_schedule(0, 1.0F, 0.1F), InvalidArgument);
  EXPECT_THROW(karras_schedule(2000000000, 1.0F, 0.1F), InvalidArgument);
  EXPECT_THROW(karras_schedule(5, 0.1F, 1.0F), InvalidArgument);
  EXPECT_THROW(karras_schedule(5, 1.0F, 0.0F), InvalidArgument);
  EXPECT_THROW(karras_schedule(5, 1.0F, std::nanf("")), InvalidArgument);
  EXPECT_THROW(karras_schedule(5, INFINITY, 1.0F), InvalidArgument);
}

TEST(Schedule, EndsAreMovedIntoThePriorsRange) {
  const NoiseRange range{0.01F, 50.0F};
  const auto ends = [&](float high, float low) {
    const LevelEnds moved = ends_within(range, high, low);
    return std::pair(moved.max, moved.min);
  };
  EXPECT_EQ(ends(80.0F, 0.001F), std::pair(50.0F, 0.01F));
  EXPECT_EQ(ends(2.0F, 1.0F), std::pair(2.0F, 1.0F));
  EXPECT_EQ(ends(90.0F, 80.0F), std::pair(50.0F, 50.0F));
  EXPECT_THROW(ends(1.0F, 2.0F), InvalidArgument);
}

TEST(LogSchedule, KeepsTheRatioFarBelowTheKneeAndWidensAboveIt) {
  const std::vector<float> levels = log_schedule(41, 1000.0F, 1e-4F, 1.0F);
  ASSERT_EQ(levels.size(), 41U);
  EXPECT_EQ(levels.front(), 1000.0F);
  EXPECT_EQ(levels.back(), 1e-4F);
  // log(s / (1 + s)) falls from log(1000 / 1001) to log(1e-4 / 1.0001) in 40 equal steps.
  const double step = (std::log(1000.0 / 1001) - std::log(1e-4 / 1.0001)) / 40;
  for (std::size_t i = 1; i < levels.size(); ++i) {
    const auto coordinate = [](double s) { return std::log(s / (1 + s)); };
    EXPECT_NEAR(
        coordinate(static_cast<double>(levels[i - 1])) - coordinate(static_cast<double>(levels[i])),
        step, 1e-5);
  }
  EXPECT_NEAR(static_cast<double>(levels[39] / levels[40]), std::exp(step), 1e-3);
  EXPECT_GT(levels[0] / levels[1], 100.0F);
}

TEST(LogSchedule, RefusesBadRanges) {
  EXPECT_EQ(log_schedule(1, 5.0F, 1.0F, 4.0F), std::vector<float>{5.0F});
  EXPECT_THROW(log_schedule(0, 1.0F, 0.1F, 4.0F), InvalidArgument);
  EXPECT_THROW(log_schedule(5, 0.1F, 1.0F, 4.0F), InvalidArgument);
  EXPECT_THROW(log_schedule(5, 1.0F, 0.1F, 0.0F), InvalidArgument);
  EXPECT_THROW(log_schedule(5, 1.0F, 0.1F, INFINITY), InvalidArgument);
}

TEST(VpSchedule, IsEvenInTheTimeOfTheVariancePreservingDiffusion) {
  const std::vector<float> levels = vp_schedule(21, 80.0F, 0.01F);
  ASSERT_EQ(levels.size(), 21U);
  EXPECT_EQ(levels.front(), 80.0F);
  EXPECT_EQ(levels.back(), 0.01F);
  // log(1 + sigma^2) = 9.95 t^2 + 0.1 t
  std::vector<double> times;
  for (const float level : levels) {
    const double integral = std::log1p(std::pow(static_cast<double>(level), 2));
    times.push_back((-0.1 + std::sqrt(0.01 + 4 * 9.95 * integral)) / (2 * 9.95));
  }
  for (std::size_t i = 2; i < times.size(); ++i) {
    EXPECT_NEAR(times[i] - times[i - 1], times[1] - times[0], 1e-6);
  }
  EXPECT_EQ(vp_schedule(1, 2.0F, 1.0F), std::vector<float>{2.0F});
  EXPECT_THROW(vp_schedule(0, 2.0F, 1.0F), InvalidArgument);
  EXPECT_THROW(vp_schedule(3, 1.0F, 2.0F), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
