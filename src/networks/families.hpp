#pragma once

#include <string>

#include "checkpoints/checkpoint.hpp"

namespace modeseek::networks {

/// The family of a checkpoint: what the file says, or what the names of its tensors tell: natural,
/// edm, guided-diffusion or diffusers. Throws FileError when neither tells.
std::string family_of(const checkpoints::Checkpoint& checkpoint);

}  // namespace modeseek::networks
