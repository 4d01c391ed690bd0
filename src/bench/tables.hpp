#pragma once

#include <string>
#include <vector>

#include "bench/folder.hpp"
#include "bench/summary.hpp"
#include "report/data_table.hpp"

namespace modeseek::bench {

/// A bench and what follows from its rows.
struct Results {
  Record record;
  std::vector<Row> rows;
  std::vector<CellSummary> cells;
  std::vector<Verdict> verdicts;
};

/// "PSNR (dB)" for psnr; other names in capitals.
std::string metric_label(const std::string& metric);

/// One row a picture, noise levels on [0, 1], nothing that differs from run to run.
std::string rows_csv(const Results& results);

/// Seconds and peak memory of the same rows in the same order.
std::string costs_csv(const Results& results);

/// Everything: grid, rows, costs. Not the machine: whoever writes the report need not have measured
/// the seconds, and rows may come from several machines.
Json results_json(const Results& results);

/// One row for each solver in each cell.
std::string summary_csv(const Results& results);

/// Solvers x tasks at one noise level under one prior: mean of the first metric over the runs that
/// all solvers restored, and half the width of its interval; the best in bold.
report::DataTable quality_table(const Results& results, std::size_t prior, std::size_t noise);

/// The grid's first solver against the best other method, a row a cell; all of a row is over the
/// pictures that its two solvers restored.
report::DataTable verdict_table(const Results& results);

/// What the solvers cost a picture, over all cells: a row a solver.
report::DataTable cost_table(const Results& results);

/// summary_csv for people: means over each solver's own pictures.
report::DataTable summary_table(const Results& results);

/// What was not computed, why and where: a line for each solver and reason.
std::vector<std::string> exceptions(const Results& results);

}  // namespace modeseek::bench
