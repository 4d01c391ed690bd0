#pragma once

#include "modeseek/operator.hpp"

namespace modeseek {

/// H^T r, with H the operator itself or, for a non-linear one, its derivative at x.
Tensor adjoint_at(const Operator& op, const Tensor& x, const Tensor& r);

}  // namespace modeseek
