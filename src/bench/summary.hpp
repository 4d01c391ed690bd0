#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bench/bootstrap.hpp"
#include "bench/grid.hpp"
#include "bench/row.hpp"

namespace modeseek::bench {

/// One solver in one cell. A run is a picture under a seed. What a solver achieved on a picture is
/// the mean over its seeds; means and intervals are over pictures. NaN where there is nothing to
/// average.
struct SolverSummary {
  std::size_t solver = 0;
  std::size_t pictures = 0;       ///< restored
  std::size_t failures = 0;       ///< rows that failed
  std::string reason;             ///< of not being applicable, or of the last failure
  std::vector<Interval> metrics;  ///< as Grid::metrics, over all its pictures
  Interval common;                ///< the first metric, over the runs that all solvers share
  Interval difference;            ///< the first metric minus that of the grid's first solver, run
                                  ///< by run where both restored
  std::size_t wins = 0;           ///< runs in which the first metric was the best
  std::size_t contests = 0;       ///< runs in which it met another solver
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
  std::size_t common_pictures = 0;  ///< with a run that every solver restored that restored any
  std::vector<SolverSummary> solvers;
};

/// The grid's first solver against the best of the others in one cell. Everything is over the same
/// runs: those that the two of them restored, whatever the other solvers did.
struct Verdict {
  std::size_t cell = 0;   ///< in the summaries
  std::size_t rival = 0;  ///< the method of another name with the highest SolverSummary::difference
  std::size_t pictures = 0;  ///< that the two share
  double first_mean = 0;     ///< first metric of the first solver
  double rival_mean = 0;     ///< first metric of the rival
  Interval difference;       ///< first solver minus rival, paired
  double cost_ratio = 0;     ///< cost of the first solver over the rival's; NaN where that is 0
};

/// One cell each of prior x task x noise, in the order of the grid. `rows` need not be complete.
std::vector<CellSummary> summarise(const Grid& grid, const std::vector<Row>& rows);

/// A verdict for every cell in which the first solver shares runs with a method of another name.
std::vector<Verdict> verdicts(const Grid& grid, const std::vector<Row>& rows,
                              const std::vector<CellSummary>& cells);

}  // namespace modeseek::bench
