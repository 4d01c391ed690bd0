#pragma once

#include <cstdint>
#include <vector>

#include "core/symmetric_eigen.hpp"
#include "modeseek/operator.hpp"

namespace modeseek::testing_support {

/// y = H x for a dense H on vectors stored as [1,1,1,columns]. Everything is computed in double and
/// rounded once, so that a test of a solver sees the solver's own rounding only.
class MatrixOperator final : public Operator {
 public:
  /// `matrix` is row-major, rows <= columns, of full rank.
  MatrixOperator(std::vector<double> matrix, std::int64_t rows, std::int64_t columns);

  const std::vector<double>& matrix() const { return matrix_; }

 protected:
  Tensor do_apply(const Tensor& x) const override;
  Tensor do_adjoint(const Tensor& y) const override;
  Tensor do_pseudo_inverse(const Tensor& y, double lam, SolveReport& report) const override;

 private:
  std::vector<double> matrix_;
  std::size_t rows_;
  std::size_t columns_;
  SymmetricEigen gram_;  ///< of H H^T
};

/// Independent normals of variance 1 / columns, so that |H| is about 1.
MatrixOperator random_measurements(std::uint64_t seed, std::int64_t rows, std::int64_t columns);

}  // namespace modeseek::testing_support
