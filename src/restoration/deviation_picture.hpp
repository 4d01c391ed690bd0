#pragma once

#include <string>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// Writes per-pixel standard deviations (`deviation` on the [-1, 1] scale): `.npy` holds them on
/// the [0, 1] scale; a picture shows black for 0 and white for 0.1 (on [0, 1]) or more, so that two
/// pictures can be compared. Throws FileError.
void write_deviation(const std::string& path, const Tensor& deviation);

}  // namespace modeseek
