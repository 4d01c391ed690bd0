#include "bench/charts.hpp"

#include <cmath>
#include <utility>

namespace modeseek::bench {
namespace {

using report::Chart;
using report::ChartLevel;
using report::ChartPanel;
using report::ChartPoint;
using report::ChartSeries;

/// So many panels in a row that a row is one noise level, or a third or a quarter of it.
std::size_t columns_for(std::size_t tasks) {
  if (tasks <= 4) return tasks;
  return tasks % 3 == 0 ? 3 : 4;
}

ChartPoint point(double x, const Interval& value) {
  const bool known = !std::isnan(value.low);
  return {x, value.mean, known ? value.low : value.mean, known ? value.high : value.mean};
}

std::string on_prior(const Grid& grid, std::size_t prior) {
  return grid.priors.size() > 1 ? ", prior " + grid.priors.at(prior).name : std::string();
}

ChartPanel cost_panel(const Grid& grid, const CellSummary& cell) {
  ChartPanel panel;
  panel.title = grid.tasks.at(cell.task) + ", noise " + noise_text(grid, cell.noise);
  for (const SolverSummary& solver : cell.solvers) {
    if (solver.pictures == 0) continue;
    if (solver.cost() > 0) {
      panel.series.push_back({solver_label(grid, solver.solver),
                              solver.solver,
                              {point(solver.cost(), solver.common)}});
    } else {
      panel.level = ChartLevel{solver_label(grid, solver.solver), solver.common.mean};
    }
  }
  return panel;
}

ChartPanel noise_panel(const Results& results, std::size_t prior, std::size_t task) {
  const Grid& grid = results.record.grid;
  ChartPanel panel;
  panel.title = grid.tasks.at(task);
  for (std::size_t s = 0; s < grid.solvers.size(); ++s) {
    ChartSeries series{solver_label(grid, s), s, {}};
    for (const CellSummary& cell : results.cells) {
      if (cell.prior != prior || cell.task != task || cell.solvers[s].pictures == 0) continue;
      series.points.push_back(
          point(std::stod(noise_text(grid, cell.noise)), cell.solvers[s].common));
    }
    if (!series.points.empty()) panel.series.push_back(std::move(series));
  }
  return panel;
}

}  // namespace

Chart cost_chart(const Results& results, std::size_t prior) {
  const Grid& grid = results.record.grid;
  Chart chart;
  chart.title = metric_label(grid.metrics.front()) + " against cost" + on_prior(grid, prior);
  chart.x_label = "network evaluations, a vector-Jacobian product counted as two";
  chart.y_label = metric_label(grid.metrics.front());
  chart.log_x = true;
  chart.columns = columns_for(grid.tasks.size());
  for (std::size_t noise = 0; noise < grid.noises.size(); ++noise) {
    for (const CellSummary& cell : results.cells) {
      if (cell.prior == prior && cell.noise == noise) {
        chart.panels.push_back(cost_panel(grid, cell));
      }
    }
  }
  return chart;
}

std::optional<Chart> noise_chart(const Results& results, std::size_t prior) {
  const Grid& grid = results.record.grid;
  if (grid.noises.size() < 2) return std::nullopt;
  Chart chart;
  chart.title = metric_label(grid.metrics.front()) + " against noise" + on_prior(grid, prior);
  chart.columns = columns_for(grid.tasks.size());
  chart.x_label = "noise, standard deviation on [0, 1]";
  chart.y_label = metric_label(grid.metrics.front());
  for (std::size_t task = 0; task < grid.tasks.size(); ++task) {
    ChartPanel panel = noise_panel(results, prior, task);
    if (!panel.series.empty()) chart.panels.push_back(std::move(panel));
  }
  return chart;
}

}  // namespace modeseek::bench
