#pragma once

#include <vector>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// Inner products of corresponding samples, accumulated in double. Shapes agree.
std::vector<double> sample_dots(const Tensor& a, const Tensor& b);

/// y += factors[n] * x in every sample n. Shapes agree.
void add_scaled_samples(Tensor& y, const std::vector<double>& factors, const Tensor& x);

}  // namespace modeseek
