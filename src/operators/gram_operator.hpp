#pragma once

#include <vector>

#include "modeseek/operator.hpp"
#include "operators/plane_transform.hpp"

namespace modeseek {

/// An operator whose H H^T is diagonal in the basis of a transform of its range, every channel
/// alike: the normal solves are closed,
/// H^T (H H^T + lam I)^-1 y, and for b = H^T z with invertible H H^T
/// (H^T H + lam I)^-1 b = H^T (H H^T)^-1 (H H^T + lam I)^-1 H b.
class GramOperator : public Operator {
 public:
  double norm() const override;
  float noise_floor() const override;

 protected:
  /// `gram` holds the eigenvalues of H H^T in the transform's layout (columns x rows).
  GramOperator(const Shape& domain, const Shape& range, TransformKind kind,
               std::vector<double> gram);

  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& report) const override;
  Tensor do_pseudo_inverse(const Tensor& y, double lam, SolveReport& report) const override;

 private:
  PlaneTransform transform_;
  std::vector<double> gram_;
  double smallest_;
  double largest_;
};

}  // namespace modeseek
