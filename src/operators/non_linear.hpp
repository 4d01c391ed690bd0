#pragma once

#include <functional>
#include <memory>

#include "modeseek/operator.hpp"

namespace modeseek {

/// A measurement A(x) that is not linear. Only `apply` and `linearize` mean something: its adjoint
/// and its normal solves throw InvalidArgument, those of linearize(x) are meant. norm() is a bound
/// on the norm of the derivative at any x.
class NonLinearOperator : public Operator {
 public:
  using Operator::Operator;

  double norm() const override = 0;
  std::unique_ptr<Operator> linearize(const Tensor& x) const final;

 protected:
  Tensor do_adjoint(const Tensor& y) const final;
  /// The derivative at one sample, [1, domain].
  virtual std::unique_ptr<Operator> derivative(const Tensor& x) const = 0;
};

/// True when linearize() gives null.
bool is_linear(const Operator& op);

/// The derivative of `op` at x for an operator that may be linear: then `op` itself, which must
/// outlive the result.
std::unique_ptr<Operator> derivative_at(const Operator& op, const Tensor& x);

/// The derivative at N samples from `derivative` at each: parts[n] for sample n.
std::unique_ptr<Operator> make_derivative(
    const Tensor& x, const std::function<std::unique_ptr<Operator>(const Tensor&)>& derivative);

/// diag(weights), weights [1, domain].
std::unique_ptr<Operator> make_diagonal(Tensor weights);

}  // namespace modeseek
