#pragma once

#include <cstdint>

#include "engine/graph.hpp"

namespace modeseek::engine {

/// A small UNet with random weights that uses every kind of operation, on 3 channels and sizes that
/// are multiples of 4, conditioned on one number.
Graph random_unet(std::uint64_t seed);

}  // namespace modeseek::engine
