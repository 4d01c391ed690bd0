#pragma once

#include <cstddef>
#include <vector>

namespace modeseek {

/// A = V diag(values) V^T of a symmetric matrix.
struct SymmetricEigen {
  std::size_t dimension = 0;
  std::vector<double> values;   ///< in ascending order
  std::vector<double> vectors;  ///< row-major; column k belongs to values[k]
};

/// Cyclic Jacobi rotations (Golub, Van Loan, "Matrix Computations", 8.5): accurate to rounding for
/// every eigenvalue, meant for dimensions up to a few hundred. `matrix` is row-major and symmetric;
/// only its upper triangle counts. Throws InvalidArgument when the size is not dimension^2.
SymmetricEigen symmetric_eigen(std::vector<double> matrix, std::size_t dimension);

/// The eigenvalues alone, in ascending order, each up to about the rounding of the largest:
/// Householder's reduction and bisection, meant for dimensions up to a few thousand. Throws
/// InvalidArgument for a wrong size and for NaN or infinite entries.
std::vector<double> symmetric_eigenvalues(std::vector<double> matrix, std::size_t dimension);

}  // namespace modeseek
