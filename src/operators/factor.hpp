#pragma once

#include <cstdint>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// The shape reduced by `factor` on both axes. Throws InvalidArgument unless factor >= 1 divides
/// rows and columns.
Shape reduced_shape(const Shape& domain, std::int64_t factor);

}  // namespace modeseek
