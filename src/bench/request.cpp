#include "bench/request.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "bench/equipment.hpp"
#include "bench/presets.hpp"
#include "bench/scene.hpp"
#include "checkpoints/mapped_file.hpp"
#include "modeseek/error.hpp"
#include "modeseek/solver_registry.hpp"
#include "modeseek/task.hpp"
#include "priors/checkpoint_hash.hpp"
#include "restoration/noise_stream.hpp"

namespace modeseek::bench {
namespace {

namespace fs = std::filesystem;

bool readable(const fs::path& path) {
  static const std::vector<std::string> others{".npy", ".bmp", ".webp", ".ppm", ".pgm", ".pnm"};
  const std::string name = path.filename().string();
  std::error_code error;
  const bool known = is_image_path(name) || std::find(others.begin(), others.end(),
                                                      path.extension().string()) != others.end();
  return known && name.front() != '.' && fs::is_regular_file(path, error);
}

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (readable(entry->path())) paths.push_back(entry->path().string());
  }
  if (error) throw FileError(folder, "cannot list the folder: " + error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string file_hash(const std::string& path) {
  return priors::hash_of(checkpoints::MappedFile::open(path)->bytes());
}

Picture picture_at(const std::string& path, std::int64_t crop) {
  Picture picture;
  picture.name = fs::path(path).filename().string();
  picture.path = path;
  picture.shape = read_clean(path, crop).pixels.shape();
  picture.hash = file_hash(path);
  return picture;
}

std::vector<std::string> every_solver() {
  std::vector<std::string> names;
  for (const auto& entry : solver_registry()) names.push_back(entry.name);
  names.emplace_back(kBaseline);
  return names;
}

/// The spelling under which equal solvers are equal.
std::string canonical_solver(const std::string& text) {
  if (text == kBaseline) return text;
  const SolverSpec spec = SolverSpec::parse(text);
  check_solver(spec);
  return spec.text();
}

std::string method(const std::string& solver) { return solver.substr(0, solver.find('(')); }

/// "dps=6": the method or the whole text, and how many pictures.
void apply_limit(const std::string& limit, std::vector<GridSolver>& solvers) {
  const std::size_t equals = limit.rfind('=');
  std::size_t pictures = 0;
  const char* end = limit.data() + limit.size();
  const bool parsed = equals != std::string::npos &&
                      std::from_chars(limit.data() + equals + 1, end, pictures).ptr == end &&
                      equals + 1 < limit.size();
  if (!parsed) {
    throw InvalidArgument("--limit: expected solver=pictures, such as dps=6, found '" + limit +
                          "'");
  }
  const std::string name = limit.substr(0, equals);
  bool found = false;
  for (GridSolver& solver : solvers) {
    if (solver.text != name && method(solver.text) != name) continue;
    solver.limit = pictures;
    found = true;
  }
  if (!found) throw InvalidArgument("--limit: no solver '" + name + "' takes part");
}

std::vector<GridSolver> solvers_of(const Request& request, const BenchPreset& preset) {
  std::vector<GridSolver> solvers;
  for (const std::string& text : request.solvers.empty() ? every_solver() : request.solvers) {
    GridSolver solver{canonical_solver(text), std::nullopt};
    const auto limit = preset.limits.find(method(solver.text));
    if (limit != preset.limits.end()) solver.limit = limit->second;
    solvers.push_back(std::move(solver));
  }
  for (const std::string& limit : request.limits) apply_limit(limit, solvers);
  return solvers;
}

/// The hashes of the files that a task names: all of them are read to build it.
std::string hashes_of_files(const std::string& task, const Picture& picture) {
  std::map<std::string, std::string> hashes;
  const auto load = [&hashes](const std::string& path) {
    hashes[path] = file_hash(path);
    return load_array(path);
  };
  const Task parsed = Task::parse(task);
  try {
    parsed.build(parsed.fitting_shape(picture.shape, load), load);
  } catch (const InvalidArgument& error) {
    throw FileError(picture.path, "with the task '" + task + "': " + error.what());
  }
  std::string joined;
  for (const auto& [path, hash] : hashes) joined += (joined.empty() ? "" : " ") + hash;
  return joined;
}

template <typename T>
const std::vector<T>& stated_or(const std::vector<T>& stated, const std::vector<T>& standard) {
  return stated.empty() ? standard : stated;
}

}  // namespace

std::vector<std::string> picture_paths(const std::vector<std::string>& inputs,
                                       std::optional<std::size_t> count) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const std::string& input : inputs) {
    if (fs::is_directory(input, error)) {
      const std::vector<std::string> files = files_of(input);
      paths.insert(paths.end(), files.begin(), files.end());
    } else {
      paths.push_back(input);
    }
  }
  if (count && *count < paths.size()) paths.resize(*count);
  if (paths.empty()) throw InvalidArgument("bench: no pictures found");
  return paths;
}

Grid make_grid(const Request& request) {
  const std::vector<std::string> paths = picture_paths(request.inputs, request.count);
  const BenchPreset preset = request.preset.empty() ? BenchPreset() : bench_preset(request.preset);
  Grid grid;
  grid.crop = request.crop.value_or(preset.crop);
  if (grid.crop < 0) throw InvalidArgument("bench: the crop must not be negative");
  for (const std::string& task : stated_or(request.tasks, preset.tasks)) {
    grid.tasks.push_back(Task::parse(task).text());
  }
  grid.noises = stated_or(request.noises, preset.noises);
  if (grid.noises.empty()) grid.noises.push_back(0.0F);
  grid.solvers = solvers_of(request, preset);
  grid.priors = request.priors;
  grid.seeds = request.seeds;
  grid.batch = request.batch;
  grid.kept_pictures = request.kept_pictures;
  grid.metrics = request.metrics;
  grid.lpips_hash = request.lpips_hash;
  grid.noise_stream = noise_stream;
  for (const std::string& path : paths) grid.pictures.push_back(picture_at(path, grid.crop));
  for (const std::string& task : grid.tasks) {
    const std::string hashes = hashes_of_files(task, grid.pictures.front());
    if (!hashes.empty()) grid.task_files[task] = hashes;
  }
  validate(grid);
  return grid;
}

}  // namespace modeseek::bench
