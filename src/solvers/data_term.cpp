#include "solvers/data_term.hpp"

namespace modeseek {

Tensor adjoint_at(const Operator& op, const Tensor& x, const Tensor& r) {
  const auto derivative = op.linearize(x);
  return derivative == nullptr ? op.adjoint(r) : derivative->adjoint(r);
}

}  // namespace modeseek
