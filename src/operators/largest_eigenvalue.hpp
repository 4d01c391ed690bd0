#pragma once

#include <functional>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// The largest eigenvalue of a symmetric positive semi-definite matrix, to about 1e-4 relative, by
/// the Lanczos method from a start vector with a part in every direction (Golub, Van Loan, "Matrix
/// Computations", chapter 10). 0 when the matrix sends the start to 0.
double largest_eigenvalue(const std::function<Tensor(const Tensor&)>& matrix, Tensor start);

}  // namespace modeseek
