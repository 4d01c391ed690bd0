#pragma once

#include <string>
#include <vector>

#include "bench/grid.hpp"
#include "bench/row.hpp"

namespace modeseek::bench {

/// The names of what lies in a bench's folder.
class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  /// The path of a file in it.
  std::string operator()(const std::string& name) const { return path_ + "/" + name; }
  std::string grid() const { return (*this)("grid.json"); }
  std::string journal() const { return (*this)("journal.txt"); }
  std::string pictures() const { return (*this)("pictures"); }

  /// A kept picture: `what` is "clean", "degraded" or a solver.
  std::string picture(const Grid& grid, const Job& job, std::size_t picture,
                      const std::string& what) const;
  /// The same of a solver's result.
  std::string result(const Grid& grid, const Job& job, std::size_t picture) const;

  /// Creates the folder and records the grid in it (`command` with it, for people), or makes sure
  /// that it is the one recorded. Throws InvalidArgument, saying what differs, and FileError.
  void claim(const Json& grid, const std::string& command) const;

 private:
  std::string path_;
};

/// What a bench's folder says about itself.
struct Record {
  std::string command;  ///< that made it
  std::string version;
  std::string hash;  ///< of the grid
  Grid grid;
};

/// Throws FileError when the folder holds no bench.
Record read_record(const Folder& folder);

/// The rows of the finished jobs in the order of the report. Throws FileError when the journal is
/// damaged.
std::vector<Row> read_rows(const Folder& folder, const Record& record);

}  // namespace modeseek::bench
