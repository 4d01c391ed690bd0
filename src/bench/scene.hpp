#pragma once

#include <vector>

#include "bench/grid.hpp"
#include "modeseek/restore.hpp"

namespace modeseek::bench {

/// The measurements of one batch of pictures, the same for all solvers.
struct Scene {
  PosedTask posed;
  NoiseChoice noise;
  Tensor y;                     ///< [N, range], 0 where nothing is measured
  std::vector<Image> measured;  ///< N, as degrade() makes them
  std::vector<Tensor> clean;    ///< N, the part of each picture that a result shows
  std::vector<std::uint64_t> seeds;
};

/// A clean picture as the bench uses it: centre crop, alpha left out, taken for exact. Throws
/// FileError when it is smaller than the crop.
Image read_clean(const std::string& path, std::int64_t crop);

/// The operator that a measurement of a picture of this extent is restored with. Throws
/// InvalidArgument when the task does not fit the picture or the prior.
PosedTask pose_for(const Task& task, const Shape& picture, ImageConstraints prior);

/// The level that solvers are told for a measurement that came from no file.
NoiseChoice noise_for(const PosedTask& posed, float noise);

/// Throws FileError, naming the picture that does not fit the task or the prior.
Scene make_scene(const Grid& grid, const Job& job, const ImageConstraints& prior);

}  // namespace modeseek::bench
