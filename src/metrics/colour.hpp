#pragma once

#include <string>

#include "modeseek/tensor.hpp"

namespace modeseek::metrics {

/// One sample as RGB, [1,3,H,W]: grey is repeated, as the reference implementations do. Throws
/// InvalidArgument, which starts with `metric`, for other numbers of channels.
Tensor rgb_sample(const Tensor& x, std::int64_t n, const std::string& metric);

/// The check alone.
void require_rgb_or_grey(const Shape& shape, const std::string& metric);

}  // namespace modeseek::metrics
