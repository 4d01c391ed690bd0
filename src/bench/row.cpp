#include "bench/row.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "modeseek/error.hpp"

namespace modeseek::bench {
namespace {

double number_of(const Json& json) {
  if (json.is_number()) return json.get<double>();
  const auto text = json.get<std::string>();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

Json metrics_json(const std::vector<double>& metrics) {
  Json json = Json::array();
  for (const double value : metrics) json.push_back(number_json(value));
  return json;
}

Json row_json(const Row& row) {
  Json json{{"picture", row.picture}, {"status", static_cast<int>(row.status)}};
  if (row.status != Status::ok) json["reason"] = row.reason;
  json["settings"] = row.settings;
  json["noise_level"] = row.noise_level;
  if (row.status != Status::ok) return json;
  json["metrics"] = metrics_json(row.metrics);
  json["residual_ratio"] = number_json(row.residual_ratio);
  json["stationarity"] = number_json(row.stationarity);
  json["evaluations"] = row.evaluations;
  json["vjps"] = row.vjps;
  json["seconds"] = row.seconds;
  json["peak_memory"] = row.peak_memory;
  return json;
}

Status status_of(int number) {
  if (number < 0 || number > static_cast<int>(Status::failed)) {
    throw InvalidArgument("unknown status");
  }
  return static_cast<Status>(number);
}

Row row_of(const Json& json, const Grid& grid, const Job& job) {
  Row row;
  row.picture = json.at("picture").get<std::size_t>();
  if (row.picture < job.first || row.picture - job.first >= job.count) {
    throw InvalidArgument("a picture that is not the job's");
  }
  row.prior = job.prior;
  row.task = job.task;
  row.noise = job.noise;
  row.seed = job.seed;
  row.solver = job.solver;
  row.status = status_of(json.at("status").get<int>());
  row.settings = json.at("settings").get<std::string>();
  row.noise_level = json.at("noise_level").get<float>();
  if (row.status != Status::ok) {
    row.reason = json.at("reason").get<std::string>();
    return row;
  }
  for (const Json& value : json.at("metrics")) row.metrics.push_back(number_of(value));
  if (row.metrics.size() != grid.metrics.size()) throw InvalidArgument("other metrics");
  row.residual_ratio = number_of(json.at("residual_ratio"));
  row.stationarity = number_of(json.at("stationarity"));
  row.evaluations = json.at("evaluations").get<int>();
  row.vjps = json.at("vjps").get<int>();
  row.seconds = json.at("seconds").get<double>();
  row.peak_memory = json.at("peak_memory").get<std::uint64_t>();
  return row;
}

}  // namespace

std::string to_string(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::not_applicable:
      return "not applicable";
    case Status::failed:
      break;
  }
  return "failed";
}

Json number_json(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

std::string job_line(std::size_t number, const std::vector<Row>& rows) {
  Json json{{"job", number}, {"rows", Json::array()}};
  for (const Row& row : rows) json["rows"].push_back(row_json(row));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

FinishedJob parse_job_line(const std::string& line, const Grid& grid, const std::vector<Job>& all) {
  try {
    const Json json = Json::parse(line);
    FinishedJob finished;
    finished.number = json.at("job").get<std::size_t>();
    if (finished.number >= all.size()) throw InvalidArgument("a job that the grid does not have");
    const Job& job = all[finished.number];
    for (const Json& row : json.at("rows")) finished.rows.push_back(row_of(row, grid, job));
    if (finished.rows.size() != job.count) throw InvalidArgument("not one row a picture");
    return finished;
  } catch (const Json::exception& error) {
    throw InvalidArgument(error.what());
  }
}

void sort_rows(std::vector<Row>& rows) {
  const auto key = [](const Row& row) {
    return std::tuple(row.prior, row.task, row.noise, row.solver, row.seed, row.picture);
  };
  std::sort(rows.begin(), rows.end(),
            [&key](const Row& a, const Row& b) { return key(a) < key(b); });
}

}  // namespace modeseek::bench
