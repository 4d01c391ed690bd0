#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/engine.hpp"

namespace modeseek::priors {

/// A program, and what it costs to have it fit into memory.
struct BoundedProgram {
  std::unique_ptr<engine::Program> program;
  std::string note;  ///< one line for the user; empty for the plain program
};

/// What a program takes, all in all.
using ProgramBytes = std::function<std::uint64_t(const engine::Program&)>;

/// The fastest program for images of this size that takes at most `limit` bytes: `plain`, which the
/// model compiled for it; else, for VJPs, one that transposes weights anew, and one that also
/// computes activations again, instead of keeping them; else one that works window by window, exact
/// where the network is local and blended, an approximation, where it is not. The smallest found
/// when none fits. `multiple`: windows keep to sizes that are multiples of it; 0 when the network
/// has one size only and cannot be tiled.
BoundedProgram fit_within(std::uint64_t limit, const ProgramBytes& bytes, engine::Model& model,
                          std::unique_ptr<engine::Program> plain, std::int64_t height,
                          std::int64_t width, engine::Mode mode, std::int64_t multiple);

}  // namespace modeseek::priors
