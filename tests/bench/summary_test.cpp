#include "bench/summary.hpp"

#include <gtest/gtest.h>

#include <cmath>

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
