#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/engine.hpp"

namespace modeseek::priors {

/// A program, and what it costs to have it fit into memory.
struct BoundedProgram {
  std::unique_ptr<engine::Program> program;
  std::string note;  ///< one line for the user; empty for the plain program
};

/// The fastest program for images of this size whose arena takes at most `arena_bytes`: `plain`,
/// which the model compiled for it; else, for VJPs, one that computes activations again instead of
/// keeping them; else one that works window by window, exact where the network is local and
/// blended, an approximation, where it is not. The smallest found when none fits. `multiple`:
/// windows keep to sizes that are multiples of it; 0 when the network has one size only and cannot
/// be tiled.
BoundedProgram fit_within(engine::Model& model, std::unique_ptr<engine::Program> plain,
                          std::int64_t height, std::int64_t width, engine::Mode mode,
                          std::int64_t multiple, std::uint64_t arena_bytes);

}  // namespace modeseek::priors
