#include "solvers/hole_radius.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "modeseek/random.hpp"

namespace modeseek {
namespace {

/// The definition, pixel by pixel.
std::int64_t slow_radius(const Tensor& known) {
  const Shape& s = known.shape();
  std::int64_t worst = 0;
  for (std::int64_t c = 0; c < s.c; ++c) {
    for (std::int64_t p = 0; p < s.plane(); ++p) {
      std::int64_t nearest = s.h + s.w;
      for (std::int64_t q = 0; q < s.plane(); ++q) {
        if (known.values()[static_cast<std::size_t>(c * s.plane() + q)] == 0.0F) continue;
        nearest =
            std::min(nearest, std::max(std::abs(p / s.w - q / s.w), std::abs(p % s.w - q % s.w)));
      }
      worst = std::max(worst, nearest);
    }
  }
  return worst;
}

TEST(HoleRadius, NothingMissingIsNought) { EXPECT_EQ(hole_radius(Tensor({1, 3, 5, 7}, 1.0F)), 0); }

TEST(HoleRadius, AWindowOfElevenHasSix) {
  Tensor known({1, 1, 20, 23}, 1.0F);
  for (std::size_t y = 4; y < 15; ++y) {
    for (std::size_t x = 7; x < 18; ++x) known.values()[y * 23 + x] = 0.0F;
  }
  EXPECT_EQ(hole_radius(known), 6);
}

TEST(HoleRadius, AnEmptyChannelIsLargerThanAnyHole) {
  Tensor known({1, 2, 4, 6}, 1.0F);
  std::fill(known.values().begin(), known.values().begin() + 24, 0.0F);
  EXPECT_EQ(hole_radius(known), 10);
}

TEST(HoleRadius, AgreesWithTheDefinition) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Tensor known({1, 2, 9, 14}, 1.0F);
    Random random(seed);
    for (float& value : known.values()) {
      if (random.below(100) < 60 + 2 * seed) value = 0.0F;
    }
    EXPECT_EQ(hole_radius(known), slow_radius(known)) << seed;
  }
}

}  // namespace
}  // namespace modeseek
