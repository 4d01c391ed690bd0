#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace modeseek {

/// Eigenvalues in ascending order and their eigenvectors.
struct Eigensystem {
  std::size_t size = 0;
  std::vector<double> values;
  std::vector<double> vectors;  ///< row i is the unit eigenvector of values[i]

  std::span<const double> vector(std::size_t i) const {
    return std::span(vectors).subspan(i * size, size);
  }
};

/// Eigensystem of a symmetric matrix, row-major size x size, by cyclic Jacobi rotations (Golub and
/// Van Loan, "Matrix Computations", 8.5). For small matrices (up to a few hundred rows).
Eigensystem symmetric_eigensystem(std::vector<double> matrix, std::size_t size);

}  // namespace modeseek
