#pragma once

#include <string>

#include "bench/grid.hpp"
#include "bench/row.hpp"

namespace modeseek::bench {

/// What decides whether two benches may share a folder: the grid, and the version of the program.
/// Noise levels are on [0, 1].
Json grid_json(const Grid& grid);

/// The inverse, for pictures that need not exist any more. Throws InvalidArgument.
Grid grid_from_json(const Json& json);

/// A hash of grid_json.
std::string grid_hash(const Json& grid);

/// The first entry in which two records differ, in words; empty when they are equal.
std::string grid_difference(const Json& recorded, const Json& wanted);

}  // namespace modeseek::bench
