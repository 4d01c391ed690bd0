#pragma once

#include <cstddef>
#include <span>

namespace modeseek::priors {

/// The weights file of the default prior, models/natural.safetensors, as built into the library.
std::span<const std::byte> embedded_natural();

}  // namespace modeseek::priors
