#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bench/bootstrap.hpp"
#include "bench/grid.hpp"
#include "bench/row.hpp"

namespace modeseek::bench {

/// One solver in one cell. What it achieved on a picture is the mean over the seeds; means and
/// intervals are over pictures. NaN where there is nothing to average.
struct SolverSummary {
  std::size_t solver = 0;
  std::size_t pictures = 0;       ///< restored
  std::size_t failures = 0;       ///< rows that failed
  std::string reason;             ///< of not being applicable, or of the last failure
  std::vector<Interval> metrics;  ///< as Grid::metrics, over all its pictures
  Interval common;                ///< the first metric, over the cell's common pictures
  Interval difference;            ///< the first metric minus that of the grid's first solver, over
                                  ///< the pictures that both restored
  std::size_t wins = 0;           ///< picture-seed pairs on which the first metric was the best
  std::size_t contests = 0;       ///< picture-seed pairs on which it met another solver
  double residual_ratio = 0;      ///< mean
  double stationarity = 0;        ///< mean
  double evaluations = 0;         ///< forward passes a picture, mean
  double vjps = 0;                ///< mean
  double seconds = 0;             ///< a picture, mean
  double peak_memory = 0;         ///< bytes, largest

  /// Network evaluations, a VJP counted twice.
  double cost() const { return evaluations + 2 * vjps; }
};

/// All solvers on one task at one noise level under one prior.
struct CellSummary {
  std::size_t prior = 0;
  std::size_t task = 0;
  std::size_t noise = 0;
  std::size_t common_pictures = 0;  ///< restored by every solver that restored any
  std::vector<SolverSummary> solvers;
};

/// The grid's first solver against the best of the others in one cell.
struct Verdict {
  std::size_t cell = 0;   ///< in the summaries
  std::size_t rival = 0;  ///< the best other method by SolverSummary::common
  Interval difference;    ///< first metric, first solver minus rival, on pictures of both
  double cost_ratio = 0;  ///< cost of the first solver over the rival's; NaN where that is 0
};

/// One cell each of prior x task x noise, in the order of the grid. `rows` need not be complete.
std::vector<CellSummary> summarise(const Grid& grid, const std::vector<Row>& rows);

/// A verdict for every cell in which the first solver and a method of another name restored
/// pictures in common.
std::vector<Verdict> verdicts(const Grid& grid, const std::vector<Row>& rows,
                              const std::vector<CellSummary>& cells);

}  // namespace modeseek::bench
