#include "bench/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "report/csv.hpp"
#include "report/text.hpp"

namespace modeseek::bench {
namespace {

using report::csv_line;
using report::csv_number;
using report::DataTable;
using report::decibel;

bool known(const Interval& interval) { return !std::isnan(interval.low); }

/// "31.20 [30.88, 31.51]" for the first metric, in decibels; the others have three digits.
std::string with_interval(const Interval& value, bool first) {
  const auto text = [first](double number) {
    return first ? decibel(number) : fmt::format("{:.3f}", number);
  };
  if (std::isnan(value.mean)) return "-";
  if (!known(value)) return text(value.mean);
  return fmt::format("{} [{}, {}]", text(value.mean), text(value.low), text(value.high));
}

std::string signed_with_interval(const Interval& value) {
  if (std::isnan(value.mean)) return "-";
  if (!known(value)) return fmt::format("{:+.2f}", value.mean);
  return fmt::format("{:+.2f} [{:+.2f}, {:+.2f}]", value.mean, value.low, value.high);
}

/// "31.20 ± 0.32"
std::string with_half_width(const Interval& value) {
  if (!known(value)) return decibel(value.mean);
  return fmt::format("{} ± {}", decibel(value.mean), decibel((value.high - value.low) / 2));
}

std::string number(double value, int digits = 3) {
  return std::isnan(value) ? "-" : fmt::format("{:.{}g}", value, digits);
}

/// 48, or 48.5 where it differs from task to task.
std::string count(double value) { return std::isnan(value) ? "-" : fmt::format("{:.6g}", value); }

std::string memory(double bytes) { return report::byte_size(static_cast<std::uint64_t>(bytes)); }

/// What stands where a solver has no result.
std::string absence(const SolverSummary& solver) {
  if (solver.failures > 0) return "failed";
  return solver.reason.empty() ? "-" : "n/a";
}

double best_common(const CellSummary& cell) {
  double best = -std::numeric_limits<double>::infinity();
  for (const SolverSummary& solver : cell.solvers) {
    if (solver.pictures > 0) best = std::fmax(best, solver.common.mean);
  }
  return best;
}

/// One solver's cost over the cells, in the order they come.
struct Cost {
  double evaluations = 0;
  double vjps = 0;
  double seconds = 0;
  double peak_memory = 0;
  std::size_t wins = 0;
  std::size_t contests = 0;
  std::size_t cells = 0;

  void add(const SolverSummary& solver) {
    wins += solver.wins;
    contests += solver.contests;
    if (solver.pictures == 0) return;
    ++cells;
    evaluations += solver.evaluations;
    vjps += solver.vjps;
    seconds += solver.seconds;
    peak_memory = std::max(peak_memory, solver.peak_memory);
  }
  double mean(double sum) const {
    return cells == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(cells);
  }
};

std::string where(const Grid& grid, const CellSummary& cell) {
  std::string text = grid.tasks.at(cell.task) + ", noise " + noise_text(grid, cell.noise);
  if (grid.priors.size() > 1) text += ", prior " + grid.priors.at(cell.prior).name;
  return text;
}

std::vector<std::string> summary_fields(const Grid& grid, const CellSummary& cell,
                                        const SolverSummary& s) {
  std::vector<std::string> fields{grid.priors.at(cell.prior).name, grid.tasks.at(cell.task),
                                  noise_text(grid, cell.noise), grid.solvers.at(s.solver).text,
                                  std::to_string(s.pictures)};
  for (const Interval& metric : s.metrics) {
    for (const double value : {metric.mean, metric.low, metric.high}) {
      fields.push_back(csv_number(value));
    }
  }
  for (const double value : {s.difference.mean, s.difference.low, s.difference.high}) {
    fields.push_back(csv_number(value));
  }
  fields.insert(fields.end(),
                {std::to_string(s.wins), std::to_string(s.contests), std::to_string(s.failures)});
  for (const double value :
       {s.residual_ratio, s.stationarity, s.evaluations, s.vjps, s.seconds, s.peak_memory}) {
    fields.push_back(s.pictures > 0 ? csv_number(value) : std::string());
  }
  fields.push_back(s.reason);
  return fields;
}

}  // namespace

std::string metric_label(const std::string& metric) {
  std::string label;
  for (const char c : metric) {
    label += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return metric == "psnr" ? label + " (dB)" : label;
}

std::string summary_csv(const Results& results) {
  const Grid& grid = results.record.grid;
  std::vector<std::string> names{"prior", "task", "noise", "solver", "pictures"};
  for (const std::string& metric : grid.metrics) {
    names.insert(names.end(), {metric, metric + "_low", metric + "_high"});
  }
  names.insert(names.end(), {"difference", "difference_low", "difference_high", "wins", "contests",
                             "failures", "residual_ratio", "stationarity", "evaluations", "vjps",
                             "seconds", "peak_memory", "reason"});
  std::string csv = csv_line(names);
  for (const CellSummary& cell : results.cells) {
    for (const SolverSummary& solver : cell.solvers) {
      csv += csv_line(summary_fields(grid, cell, solver));
    }
  }
  return csv;
}

DataTable quality_table(const Results& results, std::size_t prior, std::size_t noise) {
  const Grid& grid = results.record.grid;
  DataTable table(grid.solvers.size() + 1);
  table[0].push_back("solver");
  for (std::size_t s = 0; s < grid.solvers.size(); ++s) {
    table[s + 1].push_back(solver_label(grid, s));
  }
  for (const CellSummary& cell : results.cells) {
    if (cell.prior != prior || cell.noise != noise) continue;
    table[0].push_back(grid.tasks.at(cell.task));
    const double best = best_common(cell);
    for (const SolverSummary& solver : cell.solvers) {
      const bool any = solver.pictures > 0;
      table[solver.solver + 1].push_back(
          any ? report::Cell(with_half_width(solver.common), solver.common.mean == best)
              : report::Cell(absence(solver)));
    }
  }
  return table;
}

DataTable verdict_table(const Results& results) {
  const Grid& grid = results.record.grid;
  DataTable table{{"task and noise", solver_label(grid, 0), "best other", "its mean", "difference",
                   "cost ratio", "pictures"}};
  for (const Verdict& verdict : results.verdicts) {
    const CellSummary& cell = results.cells[verdict.cell];
    const Interval& difference = verdict.difference;
    const bool ahead = difference.mean >= 0 || (known(difference) && difference.high >= 0);
    table.push_back({where(grid, cell), decibel(verdict.first_mean),
                     solver_label(grid, verdict.rival), decibel(verdict.rival_mean),
                     report::Cell(signed_with_interval(difference), !ahead),
                     number(verdict.cost_ratio, 2), std::to_string(verdict.pictures)});
  }
  return table;
}

DataTable cost_table(const Results& results) {
  const Grid& grid = results.record.grid;
  std::vector<Cost> costs(grid.solvers.size());
  for (const CellSummary& cell : results.cells) {
    for (const SolverSummary& solver : cell.solvers) costs[solver.solver].add(solver);
  }
  DataTable table{{"solver", "evaluations", "VJPs", "seconds", "peak memory", "wins", "of"}};
  for (std::size_t s = 0; s < costs.size(); ++s) {
    const Cost& cost = costs[s];
    table.push_back({grid.solvers[s].text, count(cost.mean(cost.evaluations)),
                     count(cost.mean(cost.vjps)), number(cost.mean(cost.seconds)),
                     cost.cells == 0 ? "-" : memory(cost.peak_memory), std::to_string(cost.wins),
                     std::to_string(cost.contests)});
  }
  return table;
}

DataTable summary_table(const Results& results) {
  const Grid& grid = results.record.grid;
  DataTable table{{"task and noise", "solver", "pictures"}};
  for (const std::string& metric : grid.metrics)
    table[0].push_back(metric_label(metric) + " [95 %]");
  for (const char* name : {"against the first", "wins", "residual", "stationarity", "evaluations",
                           "VJPs", "seconds", "peak memory"}) {
    table[0].push_back(name);
  }
  for (const CellSummary& cell : results.cells) {
    for (const SolverSummary& s : cell.solvers) {
      const bool any = s.pictures > 0;
      std::vector<report::Cell> row{where(grid, cell), solver_label(grid, s.solver),
                                    any ? std::to_string(s.pictures) : absence(s)};
      for (std::size_t m = 0; m < s.metrics.size(); ++m) {
        row.push_back(with_interval(s.metrics[m], m == 0));
      }
      row.insert(row.end(), {signed_with_interval(s.difference),
                             any ? fmt::format("{}/{}", s.wins, s.contests) : std::string("-"),
                             number(s.residual_ratio), number(s.stationarity), count(s.evaluations),
                             count(s.vjps), number(s.seconds),
                             any ? memory(s.peak_memory) : std::string("-")});
      table.push_back(std::move(row));
    }
  }
  return table;
}

std::vector<std::string> exceptions(const Results& results) {
  const Grid& grid = results.record.grid;
  std::map<std::pair<std::size_t, std::string>, std::string> places;
  for (const CellSummary& cell : results.cells) {
    for (const SolverSummary& solver : cell.solvers) {
      if (solver.reason.empty()) continue;
      const std::string what = solver.failures > 0 ? "failed (" + solver.reason + ")"
                                                   : "not applicable: " + solver.reason;
      std::string& place = places[{solver.solver, what}];
      place += (place.empty() ? "" : "; ") + where(grid, cell);
      if (solver.failures > 0) place += fmt::format(" ({} times)", solver.failures);
    }
  }
  std::vector<std::string> lines;
  for (const auto& [key, place] : places) {
    lines.push_back(solver_label(grid, key.first) + " " + key.second + ". Where: " + place);
  }
  return lines;
}

}  // namespace modeseek::bench
