#pragma once

#include <span>

#include "modeseek/denoiser.hpp"

namespace modeseek::priors {

/// Throws InvalidArgument when x is empty or does not fit `constraints` (its size multiple apart:
/// the priors pad), or when `sigma` is not one positive, finite noise level a sample.
void check_batch(const Tensor& x, std::span<const float> sigma,
                 const ImageConstraints& constraints);

}  // namespace modeseek::priors
