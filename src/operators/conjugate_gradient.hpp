#pragma once

#include <functional>

#include "modeseek/operator.hpp"
#include "modeseek/tensor.hpp"

namespace modeseek {

/// When a conjugate-gradient solve stops.
struct ConjugateGradientLimits {
  double relative_residual = 1e-6;
  int iterations = 150;
};

/// Solves A u = b for one sample, A symmetric positive semi-definite and b in its range, started at
/// zero so that u stays in the Krylov space of b. `precondition` approximates A^-1 (may be the
/// identity). Sums are accumulated in double. The residual reported is the recursive one.
/// Source: Hestenes and Stiefel, 1952.
Tensor conjugate_gradient(const std::function<Tensor(const Tensor&)>& matrix,
                          const std::function<Tensor(Tensor)>& precondition, const Tensor& b,
                          const ConjugateGradientLimits& limits, SolveReport& report);

}  // namespace modeseek
