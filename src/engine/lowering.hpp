#pragma once

#include <cstdint>
#include <vector>

#include "engine/plan.hpp"

namespace modeseek::engine {

/// What an operation keeps for its VJP, beside constants.
struct Saved {
  bool inputs = false;
  bool output = false;
  std::int64_t statistics = 0;  ///< floats
};

/// ReLU: its result. Largest of a window: its input and result. Group norm: its input, mean and
/// 1/std of each group. RMS norm: 1/rms of each pixel and its result (then a residual sum may run
/// in place of the input), or its input if an activation follows.
Saved saved_for_backward(const OperationKind& kind, const Extent& extent);

/// True when the forward pass may overwrite a map input with its result.
bool runs_in_place(const OperationKind& kind);

/// Steps and buffer sizes, before any memory is laid out.
struct Lowered {
  std::vector<Step> steps;
  std::size_t backward_begin = 0;
  std::vector<std::uint64_t> buffer_bytes;
};

/// Turns a graph into steps. `extents` as from infer_extents, `types` as from map_types, `segments`
/// as in Plan.
Lowered lower(const Graph& graph, const std::vector<Extent>& extents,
              const std::vector<NumberType>& types, Mode mode, std::int32_t segments);

}  // namespace modeseek::engine
