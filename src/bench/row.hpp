#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/grid.hpp"

namespace modeseek::bench {

using Json = nlohmann::ordered_json;

enum class Status {
  ok,
  not_applicable,  ///< the method has no form for this measurement
  failed           ///< it has one, and broke down
};

/// "ok", "not applicable", "failed"
std::string to_string(Status status);

/// One picture restored by one solver. The indices are the grid's.
struct Row {
  std::size_t picture = 0;
  std::size_t prior = 0;
  std::size_t task = 0;
  std::size_t noise = 0;
  std::size_t seed = 0;
  std::size_t solver = 0;
  Status status = Status::ok;
  std::string reason;             ///< why not ok
  std::string settings;           ///< "key=value, ..." as used
  float noise_level = 0;          ///< the level that the solver was told, on [-1, 1]
  std::vector<double> metrics;    ///< as Grid::metrics; empty unless ok, like what follows
  double residual_ratio = 0;      ///< Certificate
  double stationarity = 0;        ///< Certificate; NaN for a solver that has none
  int evaluations = 0;            ///< forward passes
  int vjps = 0;                   ///< vector-Jacobian products
  double seconds = 0;             ///< of the batch, divided by its pictures
  std::uint64_t peak_memory = 0;  ///< of the process while it ran, in bytes
};

/// What a job leaves in the journal: its number and its rows, as one line of JSON.
std::string job_line(std::size_t number, const std::vector<Row>& rows);

/// A finished job.
struct FinishedJob {
  std::size_t number = 0;
  std::vector<Row> rows;
};

/// The inverse of job_line. Throws InvalidArgument for what is no such line, or whose job or
/// metrics are not the grid's. `all` is jobs(grid).
FinishedJob parse_job_line(const std::string& line, const Grid& grid, const std::vector<Job>& all);

/// Rows in the order of the report: prior, task, noise, solver, seed, picture.
void sort_rows(std::vector<Row>& rows);

/// A number that JSON can hold: itself, or "inf", "-inf", "nan".
Json number_json(double value);

}  // namespace modeseek::bench
