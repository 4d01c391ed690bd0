#include "metrics/symmetric_eigen.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "modeseek/random.hpp"

namespace modeseek {
namespace {

TEST(SymmetricEigensystem, SolvesTheDefinitionInAscendingOrder) {
  constexpr std::size_t n = 13;
  Random random(4);
  std::vector<double> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) matrix[i * n + j] = matrix[j * n + i] = random.normal();
  }
  const Eigensystem system = symmetric_eigensystem(matrix, n);
  for (std::size_t k = 0; k < n; ++k) {
    const auto v = system.vector(k);
    EXPECT_LE(system.values[k > 0 ? k - 1 : 0], system.values[k]);
    for (std::size_t i = 0; i < n; ++i) {
      double product = 0;
      for (std::size_t j = 0; j < n; ++j) product += matrix[i * n + j] * v[j];
      EXPECT_NEAR(product, system.values[k] * v[i], 1e-10);
    }
    for (std::size_t l = 0; l < n; ++l) {
      double product = 0;
      for (std::size_t j = 0; j < n; ++j) product += v[j] * system.vector(l)[j];
      EXPECT_NEAR(product, k == l ? 1.0 : 0.0, 1e-12);
    }
  }
}

TEST(SymmetricEigensystem, TakesDiagonalZeroAndSingleMatrices) {
  const Eigensystem diagonal = symmetric_eigensystem({3, 0, 0, 1}, 2);
  EXPECT_EQ(diagonal.values, (std::vector<double>{1, 3}));
  EXPECT_EQ(symmetric_eigensystem({0, 0, 0, 0}, 2).values, (std::vector<double>{0, 0}));
  EXPECT_EQ(symmetric_eigensystem({-5}, 1).values, (std::vector<double>{-5}));
}

}  // namespace
}  // namespace modeseek
