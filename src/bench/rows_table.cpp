#include <fmt/format.h>

#include "bench/grid_record.hpp"
#include "bench/tables.hpp"
#include "report/csv.hpp"

namespace modeseek::bench {
namespace {

using report::csv_line;
using report::csv_number;

/// The columns that tell rows apart.
std::vector<std::string> key_names() {
  return {"picture", "task", "noise", "prior", "solver", "seed"};
}

std::vector<std::string> key_fields(const Grid& grid, const Row& row) {
  return {grid.pictures.at(row.picture).name, grid.tasks.at(row.task),
          noise_text(grid, row.noise),        grid.priors.at(row.prior).name,
          grid.solvers.at(row.solver).text,   std::to_string(grid.seeds.at(row.seed))};
}

std::uint64_t noise_seed(const Grid& grid, const Row& row) {
  return picture_seed(grid.seeds.at(row.seed), grid.pictures.at(row.picture).name);
}

void append(std::vector<std::string>& fields, const std::vector<std::string>& more) {
  fields.insert(fields.end(), more.begin(), more.end());
}

/// Empty fields for a row without a result.
std::vector<std::string> result_fields(const Grid& grid, const Row& row) {
  if (row.status != Status::ok) return std::vector<std::string>(grid.metrics.size() + 4);
  std::vector<std::string> fields;
  for (const double value : row.metrics) fields.push_back(csv_number(value));
  append(fields, {csv_number(row.residual_ratio), csv_number(row.stationarity),
                  std::to_string(row.evaluations), std::to_string(row.vjps)});
  return fields;
}

Json row_json(const Grid& grid, const Row& row) {
  Json json{{"picture", grid.pictures.at(row.picture).name},
            {"task", grid.tasks.at(row.task)},
            {"noise", std::stod(noise_text(grid, row.noise))},
            {"prior", grid.priors.at(row.prior).name},
            {"solver", grid.solvers.at(row.solver).text},
            {"seed", grid.seeds.at(row.seed)},
            {"noise_seed", noise_seed(grid, row)},
            {"status", to_string(row.status)}};
  if (row.status != Status::ok) {
    json["reason"] = row.reason;
    return json;
  }
  json["settings"] = row.settings;
  json["solver_noise"] = std::stod(fmt::format("{}", row.noise_level / 2));
  for (std::size_t i = 0; i < grid.metrics.size(); ++i) {
    json[grid.metrics[i]] = number_json(row.metrics[i]);
  }
  json["residual_ratio"] = number_json(row.residual_ratio);
  json["stationarity"] = number_json(row.stationarity);
  json["evaluations"] = row.evaluations;
  json["vjps"] = row.vjps;
  json["seconds"] = row.seconds;
  json["peak_memory"] = row.peak_memory;
  return json;
}

}  // namespace

std::string rows_csv(const Results& results) {
  const Grid& grid = results.record.grid;
  std::vector<std::string> names = key_names();
  append(names, {"noise_seed", "status", "reason", "settings", "solver_noise"});
  append(names, grid.metrics);
  append(names, {"residual_ratio", "stationarity", "evaluations", "vjps"});
  std::string csv = csv_line(names);
  for (const Row& row : results.rows) {
    std::vector<std::string> fields = key_fields(grid, row);
    append(fields, {std::to_string(noise_seed(grid, row)), to_string(row.status), row.reason,
                    row.settings, fmt::format("{}", row.noise_level / 2)});
    append(fields, result_fields(grid, row));
    csv += csv_line(fields);
  }
  return csv;
}

std::string costs_csv(const Results& results) {
  const Grid& grid = results.record.grid;
  std::vector<std::string> names = key_names();
  append(names, {"seconds", "peak_memory"});
  std::string csv = csv_line(names);
  for (const Row& row : results.rows) {
    if (row.status != Status::ok) continue;
    std::vector<std::string> fields = key_fields(grid, row);
    append(fields, {csv_number(row.seconds), std::to_string(row.peak_memory)});
    csv += csv_line(fields);
  }
  return csv;
}

Json results_json(const Results& results) {
  const Grid& grid = results.record.grid;
  Json json{{"command", results.record.command},
            {"version", results.record.version},
            {"grid", grid_json(grid)},
            {"rows", Json::array()}};
  for (const Row& row : results.rows) json["rows"].push_back(row_json(grid, row));
  return json;
}

}  // namespace modeseek::bench
