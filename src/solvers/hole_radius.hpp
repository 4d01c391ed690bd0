#pragma once

#include <cstdint>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// How far the most hidden missing entry is from a known one: the largest r for which some window
/// of (2 r - 1) x (2 r - 1) pixels, cut at the border, knows nothing; 0 when nothing is missing.
/// `known` [1, C, H, W] is 1 where an entry is measured, 0 where it is missing; channels are looked
/// at apart. Rows plus columns when a channel has no known entry at all.
std::int64_t hole_radius(const Tensor& known);

}  // namespace modeseek
