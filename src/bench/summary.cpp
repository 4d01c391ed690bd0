#include "bench/summary.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace modeseek::bench {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

using Rows = std::vector<const Row*>;
/// A picture under a seed: solvers are compared on the same measurement, and a seed makes another.
using Run = std::pair<std::size_t, std::size_t>;
using RunValues = std::map<Run, double>;

double mean_of(const Rows& rows, double (*value)(const Row&)) {
  double sum = 0;
  for (const Row* row : rows) sum += value(*row);
  return rows.empty() ? kUnknown : sum / static_cast<double>(rows.size());
}

double cost_of(const Row& row) { return row.evaluations + 2.0 * row.vjps; }

template <typename Value>
RunValues by_run(const Rows& rows, Value value) {
  RunValues values;
  for (const Row* row : rows) values[{row->picture, row->seed}] = value(*row);
  return values;
}

RunValues metric_by_run(const Rows& rows, std::size_t metric) {
  return by_run(rows, [metric](const Row& row) { return row.metrics.at(metric); });
}

/// The mean over the seeds of each picture: the seeds of one are no independent sample of pictures.
std::vector<double> picture_means(const RunValues& values) {
  std::map<std::size_t, std::pair<double, int>> sums;
  for (const auto& [run, value] : values) {
    auto& [sum, count] = sums[run.first];
    sum += value;
    ++count;
  }
  std::vector<double> means;
  for (const auto& [picture, sum] : sums) means.push_back(sum.first / sum.second);
  return means;
}

Interval interval_of(const RunValues& values) { return bootstrap_mean(picture_means(values)); }

/// The mean of interval_of, without resampling.
double mean_of(const RunValues& values) { return bootstrap_mean(picture_means(values), 0).mean; }

std::set<Run> runs_of(const RunValues& values) {
  std::set<Run> runs;
  for (const auto& [run, value] : values) runs.insert(run);
  return runs;
}

std::set<Run> intersection(const std::set<Run>& a, const std::set<Run>& b) {
  std::set<Run> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(both, both.end()));
  return both;
}

std::size_t pictures_of(const std::set<Run>& runs) {
  std::set<std::size_t> pictures;
  for (const Run& run : runs) pictures.insert(run.first);
  return pictures.size();
}

RunValues restricted(const RunValues& values, const std::set<Run>& runs) {
  RunValues kept;
  for (const auto& [run, value] : values) {
    if (runs.count(run) != 0) kept[run] = value;
  }
  return kept;
}

/// a - b, run by run where there are both.
RunValues paired_difference(const RunValues& a, const RunValues& b) {
  RunValues difference;
  for (const auto& [run, value] : a) {
    const auto other = b.find(run);
    if (other == b.end()) continue;
    // Two perfect results are equal, though both PSNRs are infinite.
    difference[run] = value == other->second ? 0 : value - other->second;
  }
  return difference;
}

/// The rows of one cell, sorted out by solver.
class CellRows {
 public:
  CellRows(std::size_t solvers) : ok_(solvers), broken_(solvers) {}

  void add(const Row& row) {
    (row.status == Status::ok ? ok_ : broken_).at(row.solver).push_back(&row);
  }

  CellSummary summary(const Grid& grid) const {
    CellSummary cell;
    const std::set<Run> common = common_runs();
    cell.common_pictures = pictures_of(common);
    for (std::size_t solver = 0; solver < ok_.size(); ++solver) {
      cell.solvers.push_back(summary(grid, solver, common));
    }
    count_wins(cell);
    return cell;
  }

  RunValues values(std::size_t solver) const { return metric_by_run(ok_.at(solver), 0); }
  RunValues costs(std::size_t solver) const { return by_run(ok_.at(solver), cost_of); }

 private:
  /// Of every solver that made any.
  std::set<Run> common_runs() const {
    std::set<Run> common;
    bool first = true;
    for (const Rows& rows : ok_) {
      if (rows.empty()) continue;
      const std::set<Run> mine = runs_of(metric_by_run(rows, 0));
      common = first ? mine : intersection(common, mine);
      first = false;
    }
    return common;
  }

  SolverSummary summary(const Grid& grid, std::size_t solver, const std::set<Run>& common) const {
    const Rows& rows = ok_[solver];
    SolverSummary result;
    result.solver = solver;
    result.failures = static_cast<std::size_t>(
        std::count_if(broken_[solver].begin(), broken_[solver].end(),
                      [](const Row* row) { return row->status == Status::failed; }));
    if (!broken_[solver].empty()) result.reason = broken_[solver].back()->reason;
    const RunValues first = values(solver);
    result.pictures = pictures_of(runs_of(first));
    for (std::size_t m = 0; m < grid.metrics.size(); ++m) {
      result.metrics.push_back(interval_of(metric_by_run(rows, m)));
    }
    result.common = interval_of(restricted(first, common));
    result.difference = interval_of(paired_difference(first, values(0)));
    result.residual_ratio = mean_of(rows, [](const Row& r) { return r.residual_ratio; });
    result.stationarity = mean_of(rows, [](const Row& r) { return r.stationarity; });
    result.evaluations = mean_of(rows, [](const Row& r) { return double(r.evaluations); });
    result.vjps = mean_of(rows, [](const Row& r) { return double(r.vjps); });
    result.seconds = mean_of(rows, [](const Row& r) { return r.seconds; });
    for (const Row* row : rows) {
      result.peak_memory = std::max(result.peak_memory, static_cast<double>(row->peak_memory));
    }
    return result;
  }

  void count_wins(CellSummary& cell) const {
    std::map<Run, Rows> contests;
    for (const Rows& rows : ok_) {
      for (const Row* row : rows) contests[{row->picture, row->seed}].push_back(row);
    }
    for (const auto& [run, rows] : contests) {
      if (rows.size() < 2) continue;
      double best = -std::numeric_limits<double>::infinity();
      for (const Row* row : rows) best = std::max(best, row->metrics.front());
      for (const Row* row : rows) {
        SolverSummary& solver = cell.solvers[row->solver];
        ++solver.contests;
        if (row->metrics.front() == best) ++solver.wins;
      }
    }
  }

  std::vector<Rows> ok_;      ///< by solver
  std::vector<Rows> broken_;  ///< the others, by solver
};

using CellKey = std::tuple<std::size_t, std::size_t, std::size_t>;

std::map<CellKey, CellRows> sorted_out(const Grid& grid, const std::vector<Row>& rows) {
  std::map<CellKey, CellRows> cells;
  for (const Row& row : rows) {
    cells.try_emplace({row.prior, row.task, row.noise}, grid.solvers.size()).first->second.add(row);
  }
  return cells;
}

std::string method(const Grid& grid, std::size_t solver) {
  const std::string& text = grid.solvers.at(solver).text;
  return text.substr(0, text.find('('));
}

/// The method of another name that is furthest ahead of the first solver, or least behind it, each
/// on the runs that it shares with the first; the earlier one of equals, 0 when there is none.
/// Means would not do: a slow solver has fewer pictures than the others, and those may be easier.
std::size_t best_rival(const Grid& grid, const CellSummary& cell) {
  std::size_t best = 0;
  for (const SolverSummary& solver : cell.solvers) {
    if (method(grid, solver.solver) == method(grid, 0)) continue;
    if (std::isnan(solver.difference.mean)) continue;
    if (best == 0 || solver.difference.mean > cell.solvers[best].difference.mean) {
      best = solver.solver;
    }
  }
  return best;
}

Verdict verdict_on(const CellRows& rows, std::size_t rival) {
  const RunValues first = rows.values(0);
  const RunValues other = rows.values(rival);
  const std::set<Run> shared = intersection(runs_of(first), runs_of(other));
  Verdict verdict;
  verdict.rival = rival;
  verdict.pictures = pictures_of(shared);
  verdict.first_mean = mean_of(restricted(first, shared));
  verdict.rival_mean = mean_of(restricted(other, shared));
  verdict.difference = interval_of(paired_difference(first, other));
  const double rival_cost = mean_of(restricted(rows.costs(rival), shared));
  verdict.cost_ratio =
      rival_cost > 0 ? mean_of(restricted(rows.costs(0), shared)) / rival_cost : kUnknown;
  return verdict;
}

}  // namespace

std::vector<CellSummary> summarise(const Grid& grid, const std::vector<Row>& rows) {
  std::vector<CellSummary> summaries;
  for (const auto& [key, cell_rows] : sorted_out(grid, rows)) {
    CellSummary cell = cell_rows.summary(grid);
    std::tie(cell.prior, cell.task, cell.noise) = key;
    summaries.push_back(std::move(cell));
  }
  return summaries;
}

std::vector<Verdict> verdicts(const Grid& grid, const std::vector<Row>& rows,
                              const std::vector<CellSummary>& cells) {
  const auto all = sorted_out(grid, rows);
  std::vector<Verdict> result;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const CellSummary& cell = cells[i];
    const std::size_t rival = best_rival(grid, cell);
    if (rival == 0) continue;
    Verdict verdict = verdict_on(all.at({cell.prior, cell.task, cell.noise}), rival);
    verdict.cell = i;
    result.push_back(verdict);
  }
  return result;
}

}  // namespace modeseek::bench
