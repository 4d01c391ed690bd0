#include "bench/grid_record.hpp"

#include <fmt/format.h>

#include "modeseek/error.hpp"
#include "priors/checkpoint_hash.hpp"
#include "report/build_info.hpp"

namespace modeseek::bench {
namespace {

constexpr std::size_t kLongestQuote = 160;

/// A float32 level with as many digits as it has.
double short_double(float value) { return std::stod(fmt::format("{}", value)); }

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string quoted(const Json& json) {
  const std::string text = text_of(json);
  return text.size() <= kLongestQuote ? text : text.substr(0, kLongestQuote) + "...";
}

Json picture_json(const Picture& picture) {
  return {{"name", picture.name},
          {"hash", picture.hash},
          {"channels", picture.shape.c},
          {"rows", picture.shape.h},
          {"columns", picture.shape.w}};
}

Picture picture_of(const Json& json) {
  Picture picture;
  picture.name = json.at("name").get<std::string>();
  picture.hash = json.at("hash").get<std::string>();
  picture.shape = {1, json.at("channels").get<std::int64_t>(), json.at("rows").get<std::int64_t>(),
                   json.at("columns").get<std::int64_t>()};
  return picture;
}

Json solver_json(const GridSolver& solver) {
  Json json{{"solver", solver.text}};
  if (solver.limit) json["limit"] = *solver.limit;
  return json;
}

GridSolver solver_of(const Json& json) {
  GridSolver solver{json.at("solver").get<std::string>(), std::nullopt};
  if (json.contains("limit")) solver.limit = json.at("limit").get<std::size_t>();
  return solver;
}

}  // namespace

Json grid_json(const Grid& grid) {
  Json json{{"version", report::version()}, {"crop", grid.crop},
            {"batch", grid.batch},          {"kept_pictures", grid.kept_pictures},
            {"metrics", grid.metrics},      {"seeds", grid.seeds},
            {"tasks", grid.tasks},          {"noise", Json::array()},
            {"solvers", Json::array()},     {"priors", Json::array()},
            {"pictures", Json::array()},    {"settings", grid.settings}};
  if (!grid.lpips_hash.empty()) json["lpips_hash"] = grid.lpips_hash;
  if (grid.noise_stream != 0) json["noise_stream"] = grid.noise_stream;
  if (!grid.task_files.empty()) json["task_files"] = grid.task_files;
  for (const float noise : grid.noises) json["noise"].push_back(short_double(noise / 2));
  for (const GridSolver& solver : grid.solvers) json["solvers"].push_back(solver_json(solver));
  for (const GridPrior& prior : grid.priors) {
    json["priors"].push_back(
        {{"name", prior.name}, {"hash", prior.hash}, {"precision", prior.precision}});
  }
  for (const Picture& picture : grid.pictures) json["pictures"].push_back(picture_json(picture));
  return Json::parse(text_of(json));
}

Grid grid_from_json(const Json& json) {
  try {
    Grid grid;
    grid.crop = json.at("crop").get<std::int64_t>();
    grid.batch = json.at("batch").get<std::size_t>();
    grid.kept_pictures = json.at("kept_pictures").get<std::size_t>();
    grid.metrics = json.at("metrics").get<std::vector<std::string>>();
    grid.lpips_hash = json.value("lpips_hash", std::string());
    grid.noise_stream = json.value("noise_stream", std::uint64_t{0});
    grid.task_files = json.value("task_files", grid.task_files);
    grid.seeds = json.at("seeds").get<std::vector<std::uint64_t>>();
    grid.tasks = json.at("tasks").get<std::vector<std::string>>();
    grid.settings = json.at("settings").get<std::vector<std::string>>();
    for (const Json& noise : json.at("noise")) {
      grid.noises.push_back(static_cast<float>(2 * noise.get<double>()));
    }
    for (const Json& solver : json.at("solvers")) grid.solvers.push_back(solver_of(solver));
    for (const Json& prior : json.at("priors")) {
      grid.priors.push_back({prior.at("name").get<std::string>(),
                             prior.at("hash").get<std::string>(),
                             prior.at("precision").get<std::string>()});
    }
    for (const Json& picture : json.at("pictures")) grid.pictures.push_back(picture_of(picture));
    validate(grid);
    return grid;
  } catch (const Json::exception& error) {
    throw InvalidArgument(std::string("no record of a bench: ") + error.what());
  }
}

std::string grid_hash(const Json& grid) {
  const std::string text = text_of(grid);
  return priors::hash_of(std::as_bytes(std::span(text.data(), text.size())));
}

std::string grid_difference(const Json& recorded, const Json& wanted) {
  for (const auto& [key, value] : wanted.items()) {
    if (!recorded.contains(key)) return fmt::format("it has no '{}'", key);
    if (recorded.at(key) != value) {
      return fmt::format("its '{}' is {}, here it is {}", key, quoted(recorded.at(key)),
                         quoted(value));
    }
  }
  return recorded == wanted ? std::string() : std::string("it has other entries");
}

}  // namespace modeseek::bench
