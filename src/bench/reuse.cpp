#include "bench/reuse.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/atomic_file.hpp"
#include "modeseek/error.hpp"
#include "report/build_info.hpp"

namespace modeseek::bench {
namespace {

namespace fs = std::filesystem;

/// The place in a grid that a row has.
Job job_of(const Row& row) {
  return {row.prior, row.task, row.noise, row.seed, row.solver, row.picture, 1};
}

/// What a result depends on besides the solver's settings, the crop and the program.
std::string identity(const Grid& grid, const Job& job, std::size_t picture) {
  const Picture& clean = grid.pictures.at(picture);
  const GridPrior& prior = grid.priors.at(job.prior);
  const std::string& task = grid.tasks.at(job.task);
  const auto files = grid.task_files.find(task);
  const float noise = grid.noises.at(job.noise);
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", clean.name, clean.hash, task,
                     files == grid.task_files.end() ? std::string() : files->second, noise,
                     noise > 0 ? grid.noise_stream : 0, prior.hash, prior.precision,
                     grid.seeds.at(job.seed), grid.solvers.at(job.solver).text);
}

void require_same(const std::string& path, const std::string& what, const std::string& found,
                  const std::string& expected) {
  if (found == expected) return;
  throw InvalidArgument(
      fmt::format("--reuse {}: its {} is {}, expected {}", path, what, found, expected));
}

}  // namespace

Reuse::Reuse(const std::vector<std::string>& folders, const Grid& grid, const Plan& plan)
    : grid_(grid), plan_(plan) {
  for (const std::string& folder : folders) add(folder);
}

void Reuse::add(const std::string& path) {
  Folder folder(path);
  Record record = read_record(folder);
  require_same(path, "version", record.version, report::version());
  require_same(path, "crop", std::to_string(record.grid.crop), std::to_string(grid_.crop));
  require_same(path, "list of metrics", fmt::format("{}", fmt::join(record.grid.metrics, ",")),
               fmt::format("{}", fmt::join(grid_.metrics, ",")));
  require_same(path, "hash of the LPIPS weights", record.grid.lpips_hash, grid_.lpips_hash);
  for (Row& row : read_rows(folder, record)) {
    if (row.status == Status::failed) continue;
    const std::string key = identity(record.grid, job_of(row), row.picture);
    found_.emplace(key, Found{sources_.size(), std::move(row)});
  }
  sources_.push_back({std::move(folder), std::move(record.grid)});
}

const Reuse::Found* Reuse::find(const Job& job, std::size_t picture) const {
  const auto found = found_.find(identity(grid_, job, picture));
  if (found == found_.end()) return nullptr;
  const Row& row = found->second.row;
  const Forecast& forecast = plan_[job];
  const bool same = row.status == Status::ok ? row.settings == forecast.settings
                                             : row.reason == forecast.not_applicable;
  return same ? &found->second : nullptr;
}

/// Pairs of a file that there is, or should be, and its place in the new folder.
std::vector<std::pair<std::string, std::string>> Reuse::kept_files(const Job& job,
                                                                   std::size_t picture,
                                                                   const Folder& to) const {
  if (!keeps_picture(grid_, job, picture)) return {};
  const Found& found = *find(job, picture);
  if (found.row.status != Status::ok) return {};
  const Source& source = sources_[found.source];
  const Job before = job_of(found.row);
  std::vector<std::pair<std::string, std::string>> files;
  for (const char* what : {"clean", "degraded"}) {
    files.emplace_back(source.folder.picture(source.grid, before, before.first, what),
                       to.picture(grid_, job, picture, what));
  }
  files.emplace_back(source.folder.result(source.grid, before, before.first),
                     to.result(grid_, job, picture));
  return files;
}

std::optional<std::vector<Row>> Reuse::rows(const Job& job) const {
  std::vector<Row> rows;
  for (std::size_t picture = job.first; picture < job.first + job.count; ++picture) {
    const Found* found = find(job, picture);
    if (found == nullptr) return std::nullopt;
    for (const auto& [from, to] : kept_files(job, picture, Folder(""))) {
      std::error_code error;
      if (!fs::is_regular_file(from, error)) return std::nullopt;
    }
    Row row = found->row;
    row.picture = picture;
    row.prior = job.prior;
    row.task = job.task;
    row.noise = job.noise;
    row.seed = job.seed;
    row.solver = job.solver;
    rows.push_back(std::move(row));
  }
  return rows;
}

void Reuse::copy_pictures(const Job& job, const Folder& to) const {
  for (std::size_t picture = job.first; picture < job.first + job.count; ++picture) {
    for (const auto& [from, target] : kept_files(job, picture, to)) {
      AtomicFile file(target);
      std::error_code error;
      fs::copy_file(from, file.temporary_path(), fs::copy_options::overwrite_existing, error);
      if (error) throw FileError(from, "cannot copy: " + error.message());
      file.commit();
    }
  }
}

}  // namespace modeseek::bench
