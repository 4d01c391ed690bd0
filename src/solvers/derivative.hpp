#pragma once

#include <memory>

#include "modeseek/operator.hpp"
#include "solvers/problem.hpp"

namespace modeseek {

/// The derivative of a measurement at `point` [N, domain]: the operator itself when it is linear.
/// The operator must outlive it.
class Derivative {
 public:
  Derivative(const Operator& op, const Tensor& point) : own_(op.linearize(point)), op_(op) {}

  bool linear() const noexcept { return own_ == nullptr; }
  const Operator& operator*() const noexcept { return own_ ? *own_ : op_; }
  const Operator* operator->() const noexcept { return &**this; }

 private:
  std::unique_ptr<Operator> own_;
  const Operator& op_;
};

/// A(d) - H c - y with H the derivative of A at d; A(d - c) - y for a linear measurement, where
/// that is the same and costs one application.
inline Tensor linearised_residual(const Problem& problem, const Derivative& at, const Tensor& d,
                                  const Tensor& c) {
  if (at.linear()) return problem.op.apply(d - c) - problem.y;
  return problem.op.apply(d) - problem.y - at->apply(c);
}

}  // namespace modeseek
