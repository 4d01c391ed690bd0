#pragma once

#include <cstdint>
#include <optional>

#include "engine/graph.hpp"

namespace modeseek::engine {

/// How far a pixel of the input reaches into the output: the output at a pixel depends on the input
/// at most so many pixels away, up, down, left or right. None when the graph has an operation that
/// sees the whole map (group normalisation, attention). Sizes are those of the input's pixels.
std::optional<std::int64_t> receptive_radius(const Graph& graph);

}  // namespace modeseek::engine
