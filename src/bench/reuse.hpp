#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/folder.hpp"
#include "bench/grid.hpp"
#include "bench/plan.hpp"
#include "bench/row.hpp"

namespace modeseek::bench {

/// Results of other benches, which a bench takes over instead of computing them again: those of the
/// same picture, task (and files that it names), noise, prior, seed, and solver with the same
/// settings. So a solver that is added to a comparison costs its own runs only.
class Reuse {
 public:
  /// `grid` and `plan` are those of the bench that takes over, and outlive this. Throws FileError
  /// for a folder that holds no bench, InvalidArgument for one of another version of the program,
  /// another crop, other metrics or other LPIPS weights.
  Reuse(const std::vector<std::string>& folders, const Grid& grid, const Plan& plan);

  /// The rows of a job, renumbered for this grid; nothing when one of them, or a picture to keep,
  /// is not there. A run that failed is not taken over.
  std::optional<std::vector<Row>> rows(const Job& job) const;

  /// Copies the kept pictures of a job that rows() has found. Throws FileError.
  void copy_pictures(const Job& job, const Folder& to) const;

 private:
  struct Source {
    Folder folder;
    Grid grid;
  };
  struct Found {
    std::size_t source = 0;
    Row row;  ///< its indices are the source's
  };

  void add(const std::string& path);
  const Found* find(const Job& job, std::size_t picture) const;
  std::vector<std::pair<std::string, std::string>> kept_files(const Job& job, std::size_t picture,
                                                              const Folder& to) const;

  const Grid& grid_;
  const Plan& plan_;
  std::vector<Source> sources_;
  std::map<std::string, Found> found_;
};

}  // namespace modeseek::bench
