#pragma once

#include <cstddef>
#include <span>

namespace modeseek::priors {

/// The weights file of the default prior, models/natural.safetensors, as built into the library.
std::span<const std::byte> embedded_natural();

/// The small prior, models/natural-s.safetensors, likewise.
std::span<const std::byte> embedded_natural_s();

}  // namespace modeseek::priors
