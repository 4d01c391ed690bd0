#pragma once

#include <memory>

#include "modeseek/operator.hpp"

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

}  // namespace modeseek
