#pragma once

#include <memory>
#include <utility>

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
                                  Tensor c) {
  if (!at.linear()) return problem.op.apply(d) - problem.y - at->apply(c);
  c = -1.0F * std::move(c);  // d - c in the memory of c: a large picture has no room for another
  add_scaled(c, 1.0F, d);
  return problem.op.apply(c) - problem.y;
}

}  // namespace modeseek
