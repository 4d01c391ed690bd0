#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "checkpoints/checkpoint.hpp"

namespace modeseek::priors {

/// FNV-1a of 64 bits (Fowler, Noll, Vo), hexadecimal: tells files apart, resists no forger.
std::string hash_of(std::span<const std::byte> bytes);

/// Of a file's bytes; of a folder, of the tensors' bytes in the order of their names.
std::string hash_of(const checkpoints::Checkpoint& checkpoint);

}  // namespace modeseek::priors
