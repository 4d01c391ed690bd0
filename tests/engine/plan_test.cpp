// Memory: nothing that is still needed is overwritten, and the arena is as small as promised.

#include "engine/plan.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>
#include <utility>

#include "engine/checks.hpp"
#include "engine/unet.hpp"
#include "modeseek/error.hpp"

namespace modeseek::engine {
namespace {

std::uint64_t some_scratch(const Step& step) { return step.reads.empty() ? 0 : 1000; }

/// True when two blocks that live at the same time share a byte.
bool collide(const Plan& plan, std::size_t a, std::size_t b) {
  const Lifetime& la = plan.lifetimes()[a];
  const Lifetime& lb = plan.lifetimes()[b];
  const std::uint64_t begin_a = plan.offset(static_cast<std::int32_t>(a));
  const std::uint64_t begin_b = plan.offset(static_cast<std::int32_t>(b));
  return la.overlaps(lb) && begin_a < begin_b + lb.bytes && begin_b < begin_a + la.bytes;
}

std::uint64_t sum_of_blocks(const Plan& plan) {
  return std::accumulate(plan.lifetimes().begin(), plan.lifetimes().end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Lifetime& l) { return sum + l.bytes; });
}

/// The largest total of blocks that live at one time: no layout can be smaller.
std::uint64_t peak_of_blocks(const Plan& plan) {
  std::uint64_t peak = 0;
  for (std::int32_t time = 0; time < static_cast<std::int32_t>(plan.steps().size()); ++time) {
    std::uint64_t live = 0;
    for (const Lifetime& l : plan.lifetimes())
      if (l.first <= time && time <= l.last) live += l.bytes;
    peak = std::max(peak, live);
  }
  return peak;
}

/// A mode, and the segments whose activations the backward phase computes again.
class PlanOfUnet : public testing::TestWithParam<std::pair<Mode, std::int32_t>> {
 protected:
  static Plan plan(std::int64_t height, std::int64_t width) {
    const auto [mode, segments] = GetParam();
    Plan plan(random_unet(1), height, width, mode, NumberType::float32, segments);
    plan.place(some_scratch);
    return plan;
  }
};

TEST_P(PlanOfUnet, LiveBlocksNeverShareMemory) {
  const Plan plan = PlanOfUnet::plan(24, 40);
  for (std::size_t a = 0; a < plan.lifetimes().size(); ++a) {
    EXPECT_EQ(plan.offset(static_cast<std::int32_t>(a)) % ArenaLayout::alignment, 0U);
    EXPECT_LE(plan.offset(static_cast<std::int32_t>(a)) + plan.lifetimes()[a].bytes,
              plan.arena_bytes());
    for (std::size_t b = 0; b < a; ++b) EXPECT_FALSE(collide(plan, a, b)) << a << " and " << b;
  }
}

TEST_P(PlanOfUnet, ArenaIsNearTheLeastPossible) {
  const Plan plan = PlanOfUnet::plan(64, 96);
  // Maps that are computed again come between those that are kept.
  const double margin = GetParam().second == 1 ? 1.1 : 1.15;
  EXPECT_LT(plan.arena_bytes(), sum_of_blocks(plan));
  EXPECT_LE(static_cast<double>(plan.arena_bytes()),
            margin * static_cast<double>(peak_of_blocks(plan)));
}

/// What the backward phase reads of the forward phase may not be written by it: it runs again.
void expect_saved_values_left_alone(std::int32_t segments, int at_least) {
  const Plan plan(random_unet(1), 24, 40, Mode::vjp, NumberType::float32, segments);
  const auto begin = static_cast<std::int32_t>(plan.backward_begin());
  const auto end = static_cast<std::int32_t>(plan.steps().size());
  int saved = 0;
  for (std::int32_t time = begin; time < end; ++time) {
    const Step& step = plan.steps()[static_cast<std::size_t>(time)];
    for (const Write& write : step.writes)
      EXPECT_GE(plan.lifetimes()[static_cast<std::size_t>(write.buffer)].first, begin);
    for (const std::int32_t buffer : step.reads) {
      const Lifetime& life = plan.lifetimes()[static_cast<std::size_t>(buffer)];
      if (life.first >= begin) continue;
      EXPECT_EQ(life.last, end - 1);
      ++saved;
    }
  }
  EXPECT_GT(saved, at_least) << segments << " segments";
}

TEST(Plan, BackwardPhaseLeavesSavedValuesAlone) {
  expect_saved_values_left_alone(1, 10);
  expect_saved_values_left_alone(2, 3);
  expect_saved_values_left_alone(5, 3);
}

TEST(Plan, VjpNeedsMoreThanDenoise) {
  Plan denoise(random_unet(1), 64, 64, Mode::denoise);
  Plan vjp(random_unet(1), 64, 64, Mode::vjp);
  denoise.place(some_scratch);
  vjp.place(some_scratch);
  EXPECT_GT(vjp.arena_bytes(), 2 * denoise.arena_bytes());
}

TEST(Plan, ConvolutionsKeepNothing) {
  Random random(2);
  const auto chain = [&](int length) {
    Graph g;
    Value h = g.input(8);
    for (int i = 0; i < length; ++i)
      h = g.conv(h, random_conv(random, 8, 8, 3, 1, Padding::all(1)));
    g.set_output(h);
    Plan plan(g, 16, 16, Mode::vjp);
    plan.place([](const Step&) { return 0; });
    return plan.arena_bytes();
  };
  EXPECT_EQ(chain(20), chain(2));
}

TEST(Plan, SegmentsNeedLess) {
  std::uint64_t before = std::numeric_limits<std::uint64_t>::max();
  for (const std::int32_t segments : {1, 2}) {
    Plan plan(random_unet(1), 64, 64, Mode::vjp, NumberType::float32, segments);
    plan.place(some_scratch);
    EXPECT_LT(plan.arena_bytes(), before) << segments;
    before = plan.arena_bytes();
  }
}

TEST(Plan, RefusesNoSegments) {
  EXPECT_THROW(Plan(random_unet(1), 64, 64, Mode::vjp, NumberType::float32, 0), InvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(Modes, PlanOfUnet,
                         testing::Values(std::pair{Mode::denoise, 1}, std::pair{Mode::vjp, 1},
                                         std::pair{Mode::vjp, 2}, std::pair{Mode::vjp, 5}));

}  // namespace
}  // namespace modeseek::engine
