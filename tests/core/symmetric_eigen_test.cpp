#include "core/symmetric_eigen.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "modeseek/error.hpp"
#include "modeseek/random.hpp"

namespace modeseek {
namespace {

TEST(SymmetricEigen, SolvesTheDefinitionInAscendingOrder) {
  constexpr std::size_t n = 13;
  Random random(4);
  std::vector<double> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) matrix[i * n + j] = matrix[j * n + i] = random.normal();
  }
  const SymmetricEigen system = symmetric_eigen(matrix, n);
  const auto entry = [&](std::size_t i, std::size_t k) { return system.vectors[i * n + k]; };
  for (std::size_t k = 0; k < n; ++k) {
    EXPECT_LE(system.values[k > 0 ? k - 1 : 0], system.values[k]);
    for (std::size_t i = 0; i < n; ++i) {
      double product = 0;
      for (std::size_t j = 0; j < n; ++j) product += matrix[i * n + j] * entry(j, k);
      EXPECT_NEAR(product, system.values[k] * entry(i, k), 1e-10);
    }
    for (std::size_t l = 0; l < n; ++l) {
      double product = 0;
      for (std::size_t j = 0; j < n; ++j) product += entry(j, k) * entry(j, l);
      EXPECT_NEAR(product, k == l ? 1.0 : 0.0, 1e-12);
    }
  }
}

TEST(SymmetricEigen, TakesDiagonalZeroAndSingleMatrices) {
  const SymmetricEigen diagonal = symmetric_eigen({3, 0, 0, 1}, 2);
  EXPECT_EQ(diagonal.values, (std::vector<double>{1, 3}));
  EXPECT_EQ(symmetric_eigen({0, 0, 0, 0}, 2).values, (std::vector<double>{0, 0}));
  EXPECT_EQ(symmetric_eigen({-5}, 1).values, (std::vector<double>{-5}));
}

TEST(SymmetricEigenvalues, AreThoseOfJacobi) {
  constexpr std::size_t n = 40;
  Random random(6);
  std::vector<double> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) matrix[i * n + j] = matrix[j * n + i] = random.normal();
  }
  const std::vector<double> expected = symmetric_eigen(matrix, n).values;
  const std::vector<double> found = symmetric_eigenvalues(matrix, n);
  ASSERT_EQ(found.size(), n);
  for (std::size_t k = 0; k < n; ++k) EXPECT_NEAR(found[k], expected[k], 1e-12);
}

TEST(SymmetricEigenvalues, TakeMultipleZeroAndSingleOnes) {
  EXPECT_EQ(symmetric_eigenvalues({0, 0, 0, 0}, 2), (std::vector<double>{0, 0}));
  EXPECT_NEAR(symmetric_eigenvalues({-5}, 1)[0], -5, 1e-14);
  // All entries 1: 0, 0, 0 and 4.
  const std::vector<double> ones = symmetric_eigenvalues(std::vector<double>(16, 1.0), 4);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(ones[k], 0, 1e-14);
  EXPECT_NEAR(ones[3], 4, 1e-14);
}

TEST(SymmetricEigenvalues, RefuseWhatIsNoFiniteSquareMatrix) {
  EXPECT_THROW(symmetric_eigenvalues({1, 2, 3}, 2), InvalidArgument);
  EXPECT_THROW(symmetric_eigenvalues({}, 0), InvalidArgument);
  EXPECT_THROW(symmetric_eigenvalues({std::nan("")}, 1), InvalidArgument);
}

TEST(SymmetricEigen, RefusesAMatrixOfAnotherSize) {
  EXPECT_THROW(symmetric_eigen({1, 2, 3}, 2), InvalidArgument);
  EXPECT_THROW(symmetric_eigen({}, 0), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
