#pragma once

#include <vector>

#include "engine/graph.hpp"
#include "engine/number_type.hpp"

namespace modeseek::engine {

/// What each map of a graph is stored as, indexed by operation, when most shall be `type`. The last
/// layer stays float32: the convolution that makes the output, what rearranges or resizes its
/// result, and the normalisation before it, whose result goes nowhere else. Where the convolution
/// adds to the image that a coarser level predicted (NCSN++), so do the layers that made that. An
/// operation's maps are all of one type, but for a normalisation, which may widen bfloat16 to
/// float32.
std::vector<NumberType> map_types(const Graph& graph, NumberType type);

}  // namespace modeseek::engine
