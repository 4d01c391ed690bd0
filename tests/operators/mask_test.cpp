#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/task.hpp"

namespace modeseek {
namespace {

Tensor no_files(const std::string& path) { throw FileError(path, "no such file"); }

/// The mask as rows of '#' (kept) and '.' (missing).
std::string drawn(const std::string& mask, std::int64_t h, std::int64_t w,
                  const ArrayLoader& load = no_files) {
  const Tensor known =
      Task::parse("inpaint(" + mask + ")").build({1, 2, h, w}, load)->known_entries();
  EXPECT_EQ(known.shape(), (Shape{1, 2, h, w}));
  std::string picture;
  for (std::int64_t i = 0; i < h * w; ++i) {
    if (i > 0 && i % w == 0) picture += ' ';
    picture += known(0, 0, i / w, i % w) != 0 ? '#' : '.';
    EXPECT_EQ(known(0, 0, i / w, i % w), known(0, 1, i / w, i % w));
  }
  return picture;
}

TEST(Mask, PatternsAreDrawnAsDocumented) {
  EXPECT_EQ(drawn("box:2x1", 4, 3), "### #.# #.# ###");
  EXPECT_EQ(drawn("box:1x2@0,1", 2, 4), "#..# ####");
  EXPECT_EQ(drawn("half:right", 2, 5), "###.. ###..");
  EXPECT_EQ(drawn("half:left", 2, 5), "..### ..###");
  EXPECT_EQ(drawn("half:top", 3, 2), ".. ## ##");
  EXPECT_EQ(drawn("half:bottom", 3, 2), "## ## ..");
  EXPECT_EQ(drawn("expand:2x2", 4, 4), ".... .##. .##. ....");
  EXPECT_EQ(drawn("rows:2", 3, 2), "## .. ##");
  EXPECT_EQ(drawn("grid:2", 3, 3), "#.# ... #.#");
  EXPECT_EQ(drawn("rows:2;invert", 3, 2), ".. ## ..");
}

TEST(Mask, RandomDropsTheExactFractionAndDependsOnTheSeed) {
  for (const double fraction : {0.0, 0.25, 0.7, 0.999}) {
    const std::string mask = "random:" + std::to_string(fraction);
    const std::string picture = drawn(mask, 20, 30);
    EXPECT_EQ(std::count(picture.begin(), picture.end(), '.'), std::llround(fraction * 600));
  }
  EXPECT_EQ(drawn("random:0.5,seed=3", 20, 30), drawn("random:0.5,seed=3", 20, 30));
  EXPECT_NE(drawn("random:0.5,seed=3", 20, 30), drawn("random:0.5,seed=4", 20, 30));
  // No corner is favoured: each quarter of a large mask holds about a quarter of the missing.
  const std::string picture = drawn("random:0.5", 64, 64);
  const auto top = std::count(picture.begin(), picture.begin() + 32 * 65, '.');
  EXPECT_NEAR(static_cast<double>(top), 1024, 100);
}

TEST(Mask, FilesKeepWhereTheMeanIsAtLeastHalf) {
  const auto load = [](const std::string&) {
    return Tensor({1, 3, 1, 3},
                  std::vector<float>{0.5F, 0.4F, 1.0F, 0.5F, 0.4F, 0.0F, 0.5F, 0.6F, 0.6F});
  };
  EXPECT_EQ(drawn("mask=m.png", 1, 3, load), "#.#");
  EXPECT_EQ(drawn("mask=m.png;invert", 1, 3, load), ".#.");
}

TEST(Mask, MeasurementsAreZeroWhereMissing) {
  const auto op = Task::parse("inpaint(half:right)").build({1, 1, 1, 2}, no_files);
  const Tensor y = op->apply(Tensor({1, 1, 1, 2}, 0.5F));
  EXPECT_EQ(y(0, 0, 0, 0), 0.5F);
  EXPECT_EQ(y(0, 0, 0, 1), 0.0F);
  EXPECT_FALSE(op->row_gram().has_value());
}

void expect_refused(const std::string& mask, const std::string& part, const ArrayLoader& load) {
  try {
    Task::parse("inpaint(" + mask + ")").build({1, 3, 4, 6}, load);
    ADD_FAILURE() << mask;
  } catch (const InvalidArgument& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(Mask, RefusesWhatDoesNotFit) {
  const auto sized = [](const std::string&) { return Tensor({1, 1, 6, 4}, 1.0F); };
  expect_refused("mask=m.png", "m.png: the mask is 6x4, the image 4x6", sized);
  const auto empty = [](const std::string&) { return Tensor({1, 1, 4, 6}, 0.0F); };
  expect_refused("mask=m.png", "keeps no pixel", empty);
  const auto broken = [](const std::string&) {
    return Tensor({1, 1, 4, 6}, std::numeric_limits<float>::quiet_NaN());
  };
  expect_refused("mask=m.npy", "m.npy: the mask holds a value that is not finite", broken);
  expect_refused("box:5x1", "box 5x1 does not fit into an image of 4x6", no_files);
  expect_refused("box:1x1@4,0", "box 1x1@4,0 does not fit", no_files);
  expect_refused("box:4x6", "keeps no pixel", no_files);
  expect_refused("expand:4x7", "does not fit", no_files);
  expect_refused("rows:1;invert", "keeps no pixel", no_files);
  EXPECT_THROW(Task::parse("inpaint(mask=gone.png)").build({1, 3, 4, 6}, no_files), FileError);
}

}  // namespace
}  // namespace modeseek
