#pragma once

#include "modeseek/operator.hpp"
#include "modeseek/tensor.hpp"

namespace modeseek {

/// What can be had without a prior: H^T (H H^T + lam I)^-1 y. lam is the largest that still
/// explains the measurement to its noise (Morozov's discrepancy principle, |y - H x| = noise
/// sqrt(m)), found by bisection; 0 when noise is 0.
Tensor regularised_pseudo_inverse(const Operator& op, const Tensor& y, float noise);

}  // namespace modeseek
