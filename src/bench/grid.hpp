#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "modeseek/tensor.hpp"

namespace modeseek::bench {

/// A clean picture.
struct Picture {
  std::string name;  ///< of the file, unique in a grid
  std::string path;
  std::string hash;  ///< of the file's bytes
  Shape shape;       ///< [1,C,H,W] once cropped
};

/// A restoration method.
struct GridSolver {
  std::string text;                  ///< as the user names it, settings included; unique
  std::optional<std::size_t> limit;  ///< only the first so many pictures
};

/// A prior, told apart by what its file holds and how it is computed.
struct GridPrior {
  std::string name;
  std::string hash;
  std::string precision;  ///< of the numbers that it computes with
};

/// What a bench compares: every picture x task x noise level x solver x prior x seed. A bench's
/// results are a function of this alone.
struct Grid {
  std::vector<Picture> pictures;
  std::int64_t crop = 0;            ///< rows and columns of the centre that is used; 0: all
  std::vector<std::string> tasks;   ///< canonical texts
  std::vector<float> noises;        ///< on [-1, 1]
  std::vector<GridSolver> solvers;  ///< the first is what the others are compared with
  std::vector<GridPrior> priors;
  std::vector<std::uint64_t> seeds;
  std::size_t batch = 1;             ///< pictures of one extent that are restored at once
  std::size_t kept_pictures = 0;     ///< the first so many pictures' results are kept as PNG
  std::vector<std::string> metrics;  ///< columns of the result; the first decides who wins
  std::string lpips_hash;            ///< of the weights, when "lpips" is one of the metrics
  std::uint64_t noise_stream = 0;    ///< of the measurements' noise; benches that do not say: 0
  std::map<std::string, std::string> task_files;  ///< by task: hashes of the files that it names
  /// What each solver makes of its text for the first picture: "key=value, ..." for every prior x
  /// task x noise x solver. So other defaults make another grid.
  std::vector<std::string> settings;
};

/// Restores one batch of pictures [first, first + count) by one solver: what is done, or not done,
/// as a whole. The others are indices into the grid.
struct Job {
  std::size_t prior = 0;
  std::size_t task = 0;
  std::size_t noise = 0;
  std::size_t seed = 0;
  std::size_t solver = 0;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Every job in the order of execution: all of the first pictures' jobs come first, so that a bench
/// that is stopped early has compared all solvers on these.
std::vector<Job> jobs(const Grid& grid);

/// Throws InvalidArgument when something is missing, named twice or out of range.
void validate(const Grid& grid);

/// The seed of the measurement's and the solver's noise for a picture: the grid's seed in the upper
/// half, a hash of the picture's name in the lower one. So pictures have independent noise, which
/// does not change when others join or leave; `modeseek degrade --seed` makes the same measurement.
std::uint64_t picture_seed(std::uint64_t seed, const std::string& picture);

/// True when the results of a picture are kept as PNG: of the first pictures, for the first seed.
bool keeps_picture(const Grid& grid, const Job& job, std::size_t picture);

/// How a report names a solver: without its settings where that is unique.
std::string solver_label(const Grid& grid, std::size_t solver);

/// A noise level of the grid on [0, 1], as text.
std::string noise_text(const Grid& grid, std::size_t noise);

}  // namespace modeseek::bench
