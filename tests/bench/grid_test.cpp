#include "bench/grid.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "bench/grid_record.hpp"
#include "bench/request.hpp"
#include "bench/small_grid.hpp"
#include "modeseek/error.hpp"

namespace modeseek::bench {
namespace {

TEST(Grid, JobsCoverEveryCombinationOnce) {
  Grid grid = small_grid();
  grid.seeds = {0, 5};
  std::set<std::tuple<std::size_t, std::size_t, std::size_t, std::size_t, std::size_t>> seen;
  for (const Job& job : jobs(grid)) {
    EXPECT_EQ(job.count, 1U);
    EXPECT_TRUE(seen.insert({job.first, job.task, job.noise, job.seed, job.solver}).second);
  }
  EXPECT_EQ(seen.size(), 3U * 2 * 2 * 2 * 2);
}

TEST(Grid, TheFirstPictureIsDoneForAllSolversFirst) {
  const std::vector<Job> all = jobs(small_grid());
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LE(all[i - 1].first, all[i].first);
}

TEST(Grid, ABatchHoldsNeighboursOfEqualExtent) {
  Grid grid = small_grid();
  grid.batch = 2;
  grid.tasks.resize(1);
  grid.noises.resize(1);
  grid.solvers.resize(1);
  std::vector<Job> all = jobs(grid);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].count, 2U);
  EXPECT_EQ(all[1].count, 1U);
  grid.pictures[1].shape.h = 8;
  EXPECT_EQ(jobs(grid).size(), 3U);
}

TEST(Grid, ALimitCutsASolversPicturesInsideABatchToo) {
  Grid grid = small_grid();
  grid.batch = 2;
  grid.solvers[1].limit = 1;
  std::size_t limited = 0;
  for (const Job& job : jobs(grid)) {
    if (job.solver == 1) limited += job.count;
  }
  EXPECT_EQ(limited, 1U * 2 * 2);
}

TEST(Grid, NoiseSeedsDependOnNameAndSeedAlone) {
  EXPECT_EQ(picture_seed(3, "a.png"), picture_seed(3, "a.png"));
  EXPECT_NE(picture_seed(3, "a.png"), picture_seed(4, "a.png"));
  EXPECT_NE(picture_seed(3, "a.png"), picture_seed(3, "b.png"));
  // FNV-1a of the empty text is its offset basis.
  EXPECT_EQ(picture_seed(1, ""), (std::uint64_t{1} << 32U) + 2166136261U);
}

TEST(Grid, LabelsLeaveSettingsOutWhereTheyCan) {
  Grid grid = small_grid();
  EXPECT_EQ(solver_label(grid, 1), "diffpir");
  grid.solvers.push_back({"diffpir", {}});
  EXPECT_EQ(solver_label(grid, 1), "diffpir(steps=3)");
  EXPECT_EQ(noise_text(grid, 1), "0.05");
}

TEST(Grid, RefusesWhatIsMissingOrNamedTwice) {
  Grid grid = small_grid();
  grid.tasks.push_back(grid.tasks[0]);
  EXPECT_THROW(validate(grid), InvalidArgument);
  grid = small_grid();
  grid.pictures[2].name = "a.png";
  EXPECT_THROW(validate(grid), InvalidArgument);
  grid = small_grid();
  grid.priors.clear();
  EXPECT_THROW(validate(grid), InvalidArgument);
  grid = small_grid();
  grid.seeds = {std::uint64_t{1} << 32U};
  EXPECT_THROW(validate(grid), InvalidArgument);
  EXPECT_NO_THROW(validate(small_grid()));
}

TEST(GridRecord, ReadsBackWhatItWrote) {
  Grid grid = small_grid();
  grid.solvers[1].limit = 2;
  grid.settings = {"steps=8"};
  const Json json = grid_json(grid);
  EXPECT_EQ(grid_json(grid_from_json(Json::parse(json.dump()))), json);
  EXPECT_EQ(grid_from_json(json).noises, grid.noises);
  EXPECT_EQ(json["noise"], Json::parse("[0.0, 0.05]"));
}

TEST(GridRecord, SaysInWhatGridsDiffer) {
  const Json json = grid_json(small_grid());
  EXPECT_EQ(grid_difference(json, json), "");
  Grid other = small_grid();
  other.priors[0].hash = "1";
  EXPECT_NE(grid_difference(json, grid_json(other)).find("'priors'"), std::string::npos);
  EXPECT_NE(grid_hash(json), grid_hash(grid_json(other)));
  other = small_grid();
  other.settings = {"steps=9"};
  EXPECT_NE(grid_difference(json, grid_json(other)).find("'settings'"), std::string::npos);
  other = small_grid();
  other.lpips_hash = "2";
  EXPECT_NE(grid_difference(json, grid_json(other)).find("'lpips_hash'"), std::string::npos);
  EXPECT_NE(grid_difference(grid_json(other), json), "");
  EXPECT_EQ(grid_from_json(grid_json(other)).lpips_hash, "2");
}

TEST(GridRecord, RefusesWhatIsNoRecord) {
  EXPECT_THROW(grid_from_json(Json::parse("{}")), InvalidArgument);
  EXPECT_THROW(grid_from_json(Json::parse("[1]")), InvalidArgument);
  Json json = grid_json(small_grid());
  json["tasks"] = 3;
  EXPECT_THROW(grid_from_json(json), InvalidArgument);
  json = grid_json(small_grid());
  json["tasks"] = Json::array();
  EXPECT_THROW(grid_from_json(json), InvalidArgument);
}

}  // namespace
}  // namespace modeseek::bench
