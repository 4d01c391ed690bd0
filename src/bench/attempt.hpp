#pragma once

#include <vector>

#include "bench/equipment.hpp"
#include "bench/row.hpp"
#include "bench/scene.hpp"

namespace modeseek::bench {

/// What came of one solver on one scene.
struct Attempt {
  std::vector<Row> rows;         ///< one a picture
  std::vector<Tensor> pictures;  ///< [1,C,H,W] in [-1, 1], one a picture; empty unless ok
};

/// Restores the scene by the job's solver. Results are clipped to [-1, 1] before they are measured,
/// as a file would. A method that has no form for the measurement, or breaks down, gives rows that
/// say so; OutOfMemory and Cancelled are thrown.
Attempt attempt(const Grid& grid, const Job& job, const Scene& scene, const Equipment& equipment,
                const ProgressCallback& progress);

}  // namespace modeseek::bench
