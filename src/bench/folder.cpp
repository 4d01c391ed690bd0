#include "bench/folder.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include "bench/grid_record.hpp"
#include "bench/journal.hpp"
#include "core/atomic_file.hpp"
#include "modeseek/error.hpp"

namespace modeseek::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSlug = 40;

/// Letters, digits and single dashes: safe in a file's name.
std::string slug(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) out += c;
    if (!plain && !out.empty() && out.back() != '-') out += '-';
    if (out.size() == kLongestSlug) break;
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

void create_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw FileError(path, "cannot create the folder: " + error.message());
}

Json read_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError(path, "cannot read: the folder holds no bench");
  try {
    return Json::parse(file);
  } catch (const Json::exception& error) {
    throw FileError(path, std::string("no record of a bench: ") + error.what());
  }
}

const Json& entry(const Json& json, const std::string& key, const std::string& path) {
  if (!json.is_object() || !json.contains(key)) {
    throw FileError(path, "no record of a bench: it has no '" + key + "'");
  }
  return json.at(key);
}

std::string text_entry(const Json& json, const std::string& key, const std::string& path) {
  const Json& value = entry(json, key, path);
  if (!value.is_string()) throw FileError(path, "no record of a bench: '" + key + "' is no text");
  return value.get<std::string>();
}

}  // namespace

std::string Folder::picture(const Grid& grid, const Job& job, std::size_t picture,
                            const std::string& what) const {
  const std::string stem = fs::path(grid.pictures.at(picture).name).stem().string();
  return fmt::format("{}/{:03}-{}_task{}-{}_noise{}_prior{}_{}.png", pictures(), picture + 1,
                     slug(stem), job.task + 1, slug(grid.tasks.at(job.task)),
                     noise_text(grid, job.noise), job.prior + 1, slug(what));
}

std::string Folder::result(const Grid& grid, const Job& job, std::size_t picture) const {
  return this->picture(grid, job, picture,
                       fmt::format("{:02}-{}", job.solver + 1, grid.solvers.at(job.solver).text));
}

void Folder::claim(const Json& grid, const std::string& command) const {
  create_folder(path_);
  create_folder(pictures());
  std::error_code error;
  if (fs::exists(this->grid(), error)) {
    const std::string difference =
        grid_difference(entry(read_json(this->grid()), "grid", this->grid()), grid);
    if (difference.empty()) return;
    throw InvalidArgument(path_ + ": holds another bench (" + difference +
                          "); give another folder to -o");
  }
  if (fs::exists(journal(), error)) {
    throw FileError(this->grid(), "is missing, but there is a journal");
  }
  const Json record{{"command", command}, {"grid", grid}};
  // With it the names in the folder are on the disk, that of the folder of pictures too.
  write_file_atomically(this->grid(),
                        record.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Record read_record(const Folder& folder) {
  const std::string path = folder.grid();
  const Json json = read_json(path);
  const Json& grid = entry(json, "grid", path);
  Record record;
  record.command = text_entry(json, "command", path);
  record.version = text_entry(grid, "version", path);
  record.hash = grid_hash(grid);
  try {
    record.grid = grid_from_json(grid);
  } catch (const InvalidArgument& error) {
    throw FileError(path, error.what());
  }
  return record;
}

std::vector<Row> read_rows(const Folder& folder, const Record& record) {
  const std::vector<Job> all = jobs(record.grid);
  std::vector<Row> rows;
  std::set<std::size_t> seen;
  for (const std::string& line : read_journal(folder.journal(), record.hash)) {
    try {
      FinishedJob finished = parse_job_line(line, record.grid, all);
      if (!seen.insert(finished.number).second) throw InvalidArgument("a job that was done twice");
      rows.insert(rows.end(), finished.rows.begin(), finished.rows.end());
    } catch (const InvalidArgument& error) {
      throw FileError(folder.journal(), std::string("not a result of this bench: ") + error.what());
    }
  }
  sort_rows(rows);
  return rows;
}

}  // namespace modeseek::bench
