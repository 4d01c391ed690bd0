#include "bench/summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace modeseek::bench {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

using Rows = std::vector<const Row*>;
/// A value for every picture.
using PictureValues = std::map<std::size_t, double>;

double mean_of(const Rows& rows, double (*value)(const Row&)) {
  double sum = 0;
  for (const Row* row : rows) sum += value(*row);
  return rows.empty() ? kUnknown : sum / static_cast<double>(rows.size());
}

/// Mean over the seeds.
PictureValues by_picture(const Rows& rows, std::size_t metric) {
  std::map<std::size_t, std::pair<double, int>> sums;
  for (const Row* row : rows) {
    auto& [sum, count] = sums[row->picture];
    sum += row->metrics.at(metric);
    ++count;
  }
  PictureValues values;
  for (const auto& [picture, sum] : sums) values[picture] = sum.first / sum.second;
  return values;
}

Interval interval_of(const PictureValues& values) {
  std::vector<double> list;
  for (const auto& [picture, value] : values) list.push_back(value);
  return bootstrap_mean(list);
}

PictureValues restricted(const PictureValues& values, const std::set<std::size_t>& pictures) {
  PictureValues kept;
  for (const auto& [picture, value] : values) {
    if (pictures.count(picture) != 0) kept[picture] = value;
  }
  return kept;
}

PictureValues paired_difference(const PictureValues& a, const PictureValues& b) {
  PictureValues difference;
  for (const auto& [picture, value] : a) {
    const auto other = b.find(picture);
    if (other != b.end()) difference[picture] = value - other->second;
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
    const std::set<std::size_t> common = common_pictures();
    cell.common_pictures = common.size();
    for (std::size_t solver = 0; solver < ok_.size(); ++solver) {
      cell.solvers.push_back(summary(grid, solver, common));
    }
    count_wins(cell);
    return cell;
  }

  PictureValues values(std::size_t solver) const { return by_picture(ok_.at(solver), 0); }

 private:
  std::set<std::size_t> common_pictures() const {
    std::set<std::size_t> common;
    bool first = true;
    for (const Rows& rows : ok_) {
      if (rows.empty()) continue;
      std::set<std::size_t> mine;
      for (const Row* row : rows) mine.insert(row->picture);
      std::set<std::size_t> both;
      std::set_intersection(common.begin(), common.end(), mine.begin(), mine.end(),
                            std::inserter(both, both.end()));
      common = first ? mine : both;
      first = false;
    }
    return common;
  }

  SolverSummary summary(const Grid& grid, std::size_t solver,
                        const std::set<std::size_t>& common) const {
    const Rows& rows = ok_[solver];
    SolverSummary result;
    result.solver = solver;
    result.failures = static_cast<std::size_t>(
        std::count_if(broken_[solver].begin(), broken_[solver].end(),
                      [](const Row* row) { return row->status == Status::failed; }));
    if (!broken_[solver].empty()) result.reason = broken_[solver].back()->reason;
    const PictureValues first = values(solver);
    result.pictures = first.size();
    for (std::size_t m = 0; m < grid.metrics.size(); ++m) {
      result.metrics.push_back(interval_of(by_picture(rows, m)));
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
    std::map<std::pair<std::size_t, std::size_t>, Rows> contests;
    for (const Rows& rows : ok_) {
      for (const Row* row : rows) contests[{row->picture, row->seed}].push_back(row);
    }
    for (const auto& [where, rows] : contests) {
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

/// The best method of another name than the first solver's; 0 when there is none.
std::size_t best_rival(const Grid& grid, const CellSummary& cell) {
  std::size_t best = 0;
  for (const SolverSummary& solver : cell.solvers) {
    if (method(grid, solver.solver) == method(grid, 0)) continue;
    if (solver.pictures == 0 || std::isnan(solver.common.mean)) continue;
    if (best == 0 || solver.common.mean > cell.solvers[best].common.mean) best = solver.solver;
  }
  return best;
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
    if (rival == 0 || cell.solvers[0].pictures == 0) continue;
    const CellRows& cell_rows = all.at({cell.prior, cell.task, cell.noise});
    Verdict verdict{i, rival, {}, kUnknown};
    verdict.difference =
        interval_of(paired_difference(cell_rows.values(0), cell_rows.values(rival)));
    if (cell.solvers[rival].cost() > 0) {
      verdict.cost_ratio = cell.solvers[0].cost() / cell.solvers[rival].cost();
    }
    result.push_back(verdict);
  }
  return result;
}

}  // namespace modeseek::bench
