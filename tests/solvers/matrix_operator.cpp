#include "solvers/matrix_operator.hpp"

#include <cmath>
#include <utility>

#include "modeseek/random.hpp"

namespace modeseek::testing_support {
namespace {

std::vector<double> gram(const std::vector<double>& matrix, std::size_t rows, std::size_t columns) {
  std::vector<double> result(rows * rows, 0.0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < rows; ++j) {
      for (std::size_t k = 0; k < columns; ++k) {
        result[i * rows + j] += matrix[i * columns + k] * matrix[j * columns + k];
      }
    }
  }
  return result;
}

}  // namespace

MatrixOperator::MatrixOperator(std::vector<double> matrix, std::int64_t rows, std::int64_t columns)
    : Operator({1, 1, 1, columns}, {1, 1, 1, rows}),
      matrix_(std::move(matrix)),
      rows_(static_cast<std::size_t>(rows)),
      columns_(static_cast<std::size_t>(columns)),
      gram_(symmetric_eigen(gram(matrix_, rows_, columns_), rows_)) {}

Tensor MatrixOperator::do_apply(const Tensor& x) const {
  Tensor y(range().with_samples(x.shape().n));
  for (std::int64_t n = 0; n < x.shape().n; ++n) {
    for (std::size_t i = 0; i < rows_; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < columns_; ++j) {
        sum += matrix_[i * columns_ + j] * static_cast<double>(x.sample(n)[j]);
      }
      y.sample(n)[i] = static_cast<float>(sum);
    }
  }
  return y;
}

Tensor MatrixOperator::do_adjoint(const Tensor& y) const {
  Tensor x(domain().with_samples(y.shape().n));
  for (std::int64_t n = 0; n < y.shape().n; ++n) {
    for (std::size_t j = 0; j < columns_; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < rows_; ++i) {
        sum += matrix_[i * columns_ + j] * static_cast<double>(y.sample(n)[i]);
      }
      x.sample(n)[j] = static_cast<float>(sum);
    }
  }
  return x;
}

Tensor MatrixOperator::do_pseudo_inverse(const Tensor& y, double lam, SolveReport& report) const {
  report = {};
  Tensor x(domain().with_samples(y.shape().n));
  for (std::int64_t n = 0; n < y.shape().n; ++n) {
    std::vector<double> dual(rows_, 0.0);
    for (std::size_t k = 0; k < rows_; ++k) {
      double coefficient = 0;
      for (std::size_t i = 0; i < rows_; ++i) {
        coefficient += gram_.vectors[i * rows_ + k] * static_cast<double>(y.sample(n)[i]);
      }
      coefficient /= gram_.values[k] + lam;
      for (std::size_t i = 0; i < rows_; ++i) {
        dual[i] += gram_.vectors[i * rows_ + k] * coefficient;
      }
    }
    for (std::size_t j = 0; j < columns_; ++j) {
      double sum = 0;
      for (std::size_t i = 0; i < rows_; ++i) sum += matrix_[i * columns_ + j] * dual[i];
      x.sample(n)[j] = static_cast<float>(sum);
    }
  }
  return x;
}

MatrixOperator random_measurements(std::uint64_t seed, std::int64_t rows, std::int64_t columns) {
  Random random(seed, 1000);
  std::vector<double> matrix(static_cast<std::size_t>(rows * columns));
  for (double& entry : matrix) entry = random.normal() / std::sqrt(static_cast<double>(columns));
  return MatrixOperator(std::move(matrix), rows, columns);
}

}  // namespace modeseek::testing_support
