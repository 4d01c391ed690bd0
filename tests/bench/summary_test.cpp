#include "bench/summary.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "bench/charts.hpp"
#include "bench/page.hpp"
#include "bench/small_grid.hpp"
#include "bench/tables.hpp"
#include "bench/xml_check.hpp"

namespace modeseek::bench {
namespace {

Row row_of(std::size_t picture, std::size_t solver, double psnr) {
  Row row;
  row.picture = picture;
  row.solver = solver;
  row.metrics = {psnr, 0.9};
  row.evaluations = solver == 0 ? 50 : 100;
  row.vjps = solver == 0 ? 0 : 50;
  row.seconds = 2;
  return row;
}

/// One cell: the first solver on three pictures, the second on two.
Results one_cell() {
  Results results;
  results.record.grid = small_grid();
  results.record.command = "modeseek bench <photos> & more";
  results.rows = {row_of(0, 0, 30), row_of(1, 0, 32), row_of(2, 0, 40), row_of(0, 1, 31),
                  row_of(1, 1, 31)};
  results.cells = summarise(results.record.grid, results.rows);
  results.verdicts = verdicts(results.record.grid, results.rows, results.cells);
  return results;
}

TEST(Summary, ComparesOnCommonPicturesOnly) {
  const Results results = one_cell();
  ASSERT_EQ(results.cells.size(), 1U);
  const CellSummary& cell = results.cells[0];
  EXPECT_EQ(cell.common_pictures, 2U);
  EXPECT_DOUBLE_EQ(cell.solvers[0].metrics[0].mean, 34);
  EXPECT_DOUBLE_EQ(cell.solvers[0].common.mean, 31);
  EXPECT_DOUBLE_EQ(cell.solvers[1].common.mean, 31);
  EXPECT_DOUBLE_EQ(cell.solvers[1].difference.mean, 0);
  EXPECT_DOUBLE_EQ(cell.solvers[1].difference.low, -1);
  EXPECT_DOUBLE_EQ(cell.solvers[1].difference.high, 1);
  EXPECT_EQ(cell.solvers[0].wins, 1U);
  EXPECT_EQ(cell.solvers[1].wins, 1U);
  EXPECT_EQ(cell.solvers[0].contests, 2U);
  EXPECT_DOUBLE_EQ(cell.solvers[1].cost(), 200);
}

TEST(Summary, SeedsAreAveragedBeforePictures) {
  Grid grid = small_grid();
  grid.seeds = {0, 1, 2};
  std::vector<Row> rows{row_of(0, 0, 30), row_of(0, 0, 32), row_of(0, 0, 34), row_of(1, 0, 20)};
  rows[1].seed = 1;
  rows[2].seed = 2;
  const Interval psnr = summarise(grid, rows)[0].solvers[0].metrics[0];
  EXPECT_DOUBLE_EQ(psnr.mean, 26);
  EXPECT_DOUBLE_EQ(psnr.low, 20);
  EXPECT_DOUBLE_EQ(psnr.high, 32);
}

/// Summarised anew.
void refresh(Results& results) {
  results.cells = summarise(results.record.grid, results.rows);
  results.verdicts = verdicts(results.record.grid, results.rows, results.cells);
}

/// One cell of 24 pictures: two fast solvers on all of them, a slow one on the first six, which are
/// harder than the others. The first solver has 30 dB on those and 40 dB on the rest; the others
/// differ from it by as much as is said.
Results slow_and_fast(double fast_on_six, double fast_on_rest, double slow) {
  Results results;
  results.record.grid = small_grid();
  Grid& grid = results.record.grid;
  grid.pictures.clear();
  for (std::size_t picture = 0; picture < 24; ++picture) {
    const std::string name = std::to_string(picture) + ".png";
    grid.pictures.push_back({name, name, "0", {1, 3, 16, 16}});
    const bool hard = picture < 6;
    const double psnr = hard ? 30 : 40;
    results.rows.push_back(row_of(picture, 0, psnr));
    results.rows.push_back(row_of(picture, 1, psnr + (hard ? fast_on_six : fast_on_rest)));
    if (hard) results.rows.push_back(row_of(picture, 2, psnr + slow));
  }
  grid.solvers.push_back({"dps", 6});
  refresh(results);
  return results;
}

std::vector<std::string> texts(const std::vector<report::Cell>& cells) {
  std::vector<std::string> all;
  for (const report::Cell& cell : cells) all.push_back(cell.text);
  return all;
}

/// The only row of the verdicts.
std::vector<std::string> verdict_row(const Results& results) {
  return texts(verdict_table(results).at(1));
}

TEST(Summary, TheRivalIsChosenOnAllPicturesThatItSharesWithTheFirst) {
  // On the six pictures of all three the slow solver is the best, by 1 dB against -1 dB; but the
  // fast one is 2 dB ahead of the first on the 24 that these two share.
  const Results results = slow_and_fast(-1, 3, 1);
  ASSERT_EQ(results.verdicts.size(), 1U);
  const Verdict& verdict = results.verdicts[0];
  EXPECT_EQ(verdict.rival, 1U);
  EXPECT_EQ(verdict.pictures, 24U);
  EXPECT_DOUBLE_EQ(verdict.first_mean, 37.5);
  EXPECT_DOUBLE_EQ(verdict.rival_mean, 39.5);
  EXPECT_DOUBLE_EQ(verdict.difference.mean, -2);
  const auto row = verdict_row(results);
  EXPECT_EQ(row.at(1), "37.50");
  EXPECT_EQ(row.at(3), "39.50");
  EXPECT_EQ(row.at(4).rfind("-2.00 [", 0), 0U) << row.at(4);
  EXPECT_EQ(row.at(6), "24");
}

TEST(Summary, AVerdictIsOverThePicturesOfItsTwoSolvers) {
  // A slow solver that is ahead is the rival, though its mean is below that of the fast one, and
  // its row is over its six pictures, the costs too.
  Results results = slow_and_fast(0.5, 0.5, 1);
  for (Row& row : results.rows) {
    if (row.solver == 0 && row.picture >= 6) row.evaluations = 1000;
  }
  refresh(results);
  ASSERT_EQ(results.verdicts.size(), 1U);
  const Verdict& verdict = results.verdicts[0];
  EXPECT_EQ(verdict.rival, 2U);
  EXPECT_EQ(verdict.pictures, 6U);
  EXPECT_DOUBLE_EQ(verdict.first_mean, 30);
  EXPECT_DOUBLE_EQ(verdict.rival_mean, 31);
  EXPECT_DOUBLE_EQ(verdict.difference.mean, -1);
  EXPECT_DOUBLE_EQ(verdict.cost_ratio, 0.25);
  // A third solver that restored other pictures only does not change the row of the two.
  const auto before = verdict_row(results);
  std::erase_if(results.rows, [](const Row& row) { return row.solver == 1 && row.picture < 20; });
  refresh(results);
  EXPECT_EQ(results.cells[0].common_pictures, 0U);
  EXPECT_EQ(verdict_row(results), before);
}

TEST(Summary, DifferencesArePairedBySeed) {
  Results results;
  results.record.grid = small_grid();
  results.record.grid.seeds = {0, 1};
  // The second solver lacks the first seed of picture 0; of picture 1 they share no seed.
  results.rows = {row_of(0, 0, 20), row_of(0, 0, 30), row_of(1, 0, 50),
                  row_of(0, 1, 31), row_of(1, 1, 10), row_of(2, 0, 25),
                  row_of(2, 0, 27), row_of(2, 1, 28), row_of(2, 1, 30)};
  for (const std::size_t second_seed : {1U, 3U, 4U, 6U, 8U}) results.rows[second_seed].seed = 1;
  refresh(results);
  const CellSummary& cell = results.cells.at(0);
  EXPECT_EQ(cell.common_pictures, 2U);
  EXPECT_DOUBLE_EQ(cell.solvers[0].common.mean, (30.0 + 26.0) / 2);
  EXPECT_DOUBLE_EQ(cell.solvers[1].common.mean, (31.0 + 29.0) / 2);
  // By picture, not by run: 1 dB on picture 0, 3 dB under both seeds of picture 2.
  EXPECT_DOUBLE_EQ(cell.solvers[1].difference.mean, 2);
  EXPECT_DOUBLE_EQ(cell.solvers[1].difference.low, 1);
  EXPECT_DOUBLE_EQ(cell.solvers[1].difference.high, 3);
  ASSERT_EQ(results.verdicts.size(), 1U);
  EXPECT_EQ(results.verdicts[0].pictures, 2U);
  EXPECT_DOUBLE_EQ(results.verdicts[0].first_mean, 28);
  EXPECT_DOUBLE_EQ(results.verdicts[0].rival_mean, 30);
}

TEST(Summary, PerfectResultsAreEqual) {
  Results results = one_cell();
  results.rows[0].metrics[0] = std::numeric_limits<double>::infinity();
  results.rows[3].metrics[0] = std::numeric_limits<double>::infinity();
  refresh(results);
  EXPECT_DOUBLE_EQ(results.cells[0].solvers[1].difference.mean, -0.5);
  ASSERT_EQ(results.verdicts.size(), 1U);
  EXPECT_DOUBLE_EQ(results.verdicts[0].difference.mean, 0.5);
}

TEST(Summary, TheVerdictNamesTheBestOtherMethod) {
  Results results = one_cell();
  ASSERT_EQ(results.verdicts.size(), 1U);
  EXPECT_EQ(results.verdicts[0].rival, 1U);
  EXPECT_DOUBLE_EQ(results.verdicts[0].difference.mean, 0);
  EXPECT_DOUBLE_EQ(results.verdicts[0].cost_ratio, 0.25);
  // A variant of the first method is no rival.
  results.record.grid.solvers[1].text = "vml-map(steps=2)";
  EXPECT_TRUE(verdicts(results.record.grid, results.rows, results.cells).empty());
}

TEST(Summary, RowsWithoutAResultAreCountedApart) {
  Results results = one_cell();
  results.rows[4].status = Status::failed;
  results.rows[4].reason = "why";
  results.rows[4].metrics.clear();
  results.cells = summarise(results.record.grid, results.rows);
  const SolverSummary& solver = results.cells[0].solvers[1];
  EXPECT_EQ(solver.pictures, 1U);
  EXPECT_EQ(solver.failures, 1U);
  EXPECT_EQ(solver.reason, "why");
  ASSERT_EQ(exceptions(results).size(), 1U);
  EXPECT_EQ(rows_csv(results).find("nan"), std::string::npos);
  EXPECT_FALSE(summary_csv(results).empty());
}

/// From the number of pictures on.
std::vector<std::string> every_cell_row(const Results& results, std::size_t row) {
  std::vector<std::string> all = texts(summary_table(results).at(row));
  all.erase(all.begin(), all.begin() + 2);
  return all;
}

TEST(Summary, WhatIsNotKnownIsADash) {
  Results results = one_cell();
  for (Row& row : results.rows) {
    if (row.solver != 1) continue;
    row.status = Status::not_applicable;
    row.reason = "why";
    row.metrics.clear();
  }
  refresh(results);
  const std::vector<std::string> dashes(10, "-");
  std::vector<std::string> row = every_cell_row(results, 2);
  EXPECT_EQ(row.at(0), "n/a");
  row.erase(row.begin());
  EXPECT_EQ(row, dashes);
  EXPECT_EQ(summary_markdown(results).find("nan"), std::string::npos);
  // One picture has means but no intervals.
  results.rows.resize(1);
  refresh(results);
  row = every_cell_row(results, 1);
  EXPECT_EQ(row.at(1), "30.00");
  EXPECT_EQ(row.at(2), "0.900");
  EXPECT_EQ(summary_markdown(results).find("nan"), std::string::npos);
}

TEST(Summary, ReportsSayOverWhatTheMeansAre) {
  const Results results = one_cell();
  for (const std::string& text :
       {summary_markdown(results), report_page(results, Folder("nowhere"))}) {
    const std::size_t every_cell = text.find("Every cell");
    ASSERT_NE(every_cell, std::string::npos);
    EXPECT_NE(text.find("own pictures, so rows with different numbers", every_cell),
              std::string::npos);
    EXPECT_NE(text.find("is paired, over what both restored", every_cell), std::string::npos);
  }
}

TEST(Summary, JsonDoesNotNameTheMachineThatWroteTheReport) {
  const Json json = results_json(one_cell());
  EXPECT_FALSE(json.contains("machine"));
  EXPECT_EQ(json.at("rows").size(), 5U);
}

TEST(Summary, CsvHoldsNothingThatDiffersFromRunToRun) {
  Results results = one_cell();
  const std::string csv = rows_csv(results);
  results.rows[0].seconds = 99;
  results.rows[0].peak_memory = 1;
  EXPECT_EQ(rows_csv(results), csv);
  EXPECT_NE(costs_csv(results).find("99"), std::string::npos);
  EXPECT_EQ(csv.substr(0, csv.find('\n')),
            "picture,task,noise,prior,solver,seed,noise_seed,status,reason,settings,solver_noise,"
            "psnr,ssim,residual_ratio,stationarity,evaluations,vjps");
}

TEST(Summary, ReportsAreWellFormed) {
  const Results results = one_cell();
  const std::string svg = report::chart_svg(cost_chart(results, 0));
  EXPECT_EQ(test::xml_problem(svg), "");
  EXPECT_NE(svg.find("diffpir"), std::string::npos);
  EXPECT_NE(report_page(results, Folder("nowhere")).find("&lt;photos&gt; &amp; more"),
            std::string::npos);
  EXPECT_NE(summary_markdown(results).find("| vml-map |"), std::string::npos);
  EXPECT_NE(summary_markdown(results).find("Not finished: 5 of 24 rows"), std::string::npos);
}

TEST(Summary, NoiseChartNeedsTwoLevels) {
  Results results = one_cell();
  EXPECT_TRUE(noise_chart(results, 0).has_value());
  EXPECT_EQ(test::xml_problem(report::chart_svg(*noise_chart(results, 0))), "");
  results.record.grid.noises.resize(1);
  EXPECT_FALSE(noise_chart(results, 0).has_value());
}

}  // namespace
}  // namespace modeseek::bench
