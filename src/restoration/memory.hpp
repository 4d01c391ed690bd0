#pragma once

#include <cstdint>
#include <string>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// Throws OutOfMemory ("restoring 300x400 pixels: needs ...") when `needed` bytes exceed
/// available_memory().
void require_memory(const std::string& what, const Shape& picture, std::uint64_t needed);

}  // namespace modeseek
