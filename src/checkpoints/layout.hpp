#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "checkpoints/checkpoint.hpp"

namespace modeseek::checkpoints {

/// Most axes that a tensor may have.
inline constexpr std::size_t max_axes = 16;

/// Number of elements of a tensor of this shape; nothing when an axis is negative, when there are
/// more than `max_axes` or when the size in bytes would not fit 63 bits.
std::optional<std::int64_t> checked_count(std::span<const std::int64_t> shape, DType type);

}  // namespace modeseek::checkpoints
