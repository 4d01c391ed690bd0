#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/grid.hpp"

namespace modeseek::bench {

/// A bench as its user states it; what is left empty follows the preset or the defaults.
struct Request {
  std::vector<std::string> inputs;   ///< pictures, .npy arrays, or folders of them
  std::optional<std::size_t> count;  ///< only the first so many pictures
  std::optional<std::int64_t> crop;  ///< rows and columns of the centre; 0: all
  std::string preset;                ///< may be empty
  std::vector<std::string> tasks;    ///< default: the preset's
  std::vector<float> noises;         ///< on [-1, 1]; default: the preset's, or 0
  std::vector<std::string> solvers;  ///< default: all that are known, and the baseline
  std::vector<std::string> limits;   ///< "solver=pictures"
  std::vector<GridPrior> priors;
  std::vector<std::uint64_t> seeds{0};
  std::size_t batch = 1;
  std::size_t kept_pictures = 0;
  std::vector<std::string> metrics;
  std::string lpips_hash;  ///< as Grid::lpips_hash
};

/// The paths of the pictures: files as given, those of a folder by name. Throws FileError for what
/// is neither, InvalidArgument when there is none.
std::vector<std::string> picture_paths(const std::vector<std::string>& inputs,
                                       std::optional<std::size_t> count);

/// Reads the pictures, resolves names, and validates. Grid::settings is left empty: Plan knows
/// them. Throws ParseError, FileError and InvalidArgument.
Grid make_grid(const Request& request);

}  // namespace modeseek::bench
