#include "operators/matrix.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "operators/matrix_entries.hpp"
#include "operators/noise_floor.hpp"
#include "operators/operators.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

/// Applies a matrix and its transpose to every flattened item of a batch, an item being a whole
/// sample or one channel of it. Conjugate gradients are preconditioned by the diagonal of H^T H
/// (Jacobi), which evens out columns of very different weight.
class MatrixOperator : public Operator {
 public:
  bool range_is_image() const override { return false; }
  float noise_floor() const override {
    return static_cast<float>(norm()) * spectral_noise_floor(0.0, 1.0, NormalSolve::iterative);
  }

 protected:
  MatrixOperator(const Shape& domain, std::int64_t rows, std::int64_t columns)
      : Operator(domain, matrix_range(domain, rows, columns)),
        rows_(static_cast<std::size_t>(rows)),
        columns_(static_cast<std::size_t>(columns)) {}

  virtual void multiply(std::span<const float> x, std::span<float> y) const = 0;
  virtual void multiply_transposed(std::span<const float> y, std::span<float> x) const = 0;

  std::size_t rows() const noexcept { return rows_; }
  std::size_t columns() const noexcept { return columns_; }
  /// Sums of squares of the columns.
  std::vector<double>& column_squares() noexcept { return squares_; }

  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    for (std::size_t i = 0; i * columns_ < x.values().size(); ++i) {
      multiply(x.values().subspan(i * columns_, columns_), y.values().subspan(i * rows_, rows_));
    }
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    Tensor x(domain().with_samples(y.shape().n));
    for (std::size_t i = 0; i * rows_ < y.values().size(); ++i) {
      multiply_transposed(y.values().subspan(i * rows_, rows_),
                          x.values().subspan(i * columns_, columns_));
    }
    return x;
  }

  Tensor do_precondition(Tensor r, double lam) const override {
    const auto values = r.values();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double diagonal = squares_[i % columns_] + lam;
      if (diagonal > 0) values[i] = static_cast<float>(static_cast<double>(values[i]) / diagonal);
    }
    return r;
  }

 private:
  std::size_t rows_;
  std::size_t columns_;
  std::vector<double> squares_;
};

class DenseMatrix final : public MatrixOperator {
 public:
  DenseMatrix(const Shape& domain, Tensor matrix)
      : MatrixOperator(domain, matrix.shape().h, matrix.shape().w), matrix_(std::move(matrix)) {
    column_squares().resize(columns());
    for (std::size_t i = 0; i < rows(); ++i) {
      const auto entries = row(i);
      for (std::size_t j = 0; j < columns(); ++j) {
        const auto value = static_cast<double>(entries[j]);
        column_squares()[j] += value * value;
      }
    }
  }

 protected:
  void multiply(std::span<const float> x, std::span<float> y) const override {
    for_each_item(static_cast<std::int64_t>(rows()), static_cast<std::int64_t>(columns()),
                  [&](std::int64_t i) {
                    const auto k = static_cast<std::size_t>(i);
                    y[k] = static_cast<float>(dot(row(k), x));
                  });
  }

  void multiply_transposed(std::span<const float> y, std::span<float> x) const override {
    constexpr std::size_t kColumnsAtOnce = 256;
    const std::size_t blocks = (columns() + kColumnsAtOnce - 1) / kColumnsAtOnce;
    for_each_item(static_cast<std::int64_t>(blocks),
                  static_cast<std::int64_t>(rows() * kColumnsAtOnce), [&](std::int64_t block) {
                    const std::size_t first = static_cast<std::size_t>(block) * kColumnsAtOnce;
                    const std::size_t count = std::min(kColumnsAtOnce, columns() - first);
                    std::vector<double> sums(count);
                    for (std::size_t i = 0; i < rows(); ++i) {
                      const auto entries = row(i).subspan(first, count);
                      const auto factor = static_cast<double>(y[i]);
                      for (std::size_t j = 0; j < count; ++j) {
                        sums[j] += factor * static_cast<double>(entries[j]);
                      }
                    }
                    for (std::size_t j = 0; j < count; ++j) {
                      x[first + j] = static_cast<float>(sums[j]);
                    }
                  });
  }

 private:
  std::span<const float> row(std::size_t i) const {
    return matrix_.values().subspan(i * columns(), columns());
  }

  Tensor matrix_;
};

/// Rows of `m` times x. Every sum runs in the matrix's own order: no race, and no other result for
/// another number of threads.
void multiply_rows(const CompressedRows& m, std::span<const float> x, std::span<float> y) {
  const std::size_t entries_each = m.values.size() / static_cast<std::size_t>(m.rows) + 1;
  for_each_item(m.rows, static_cast<std::int64_t>(entries_each), [&](std::int64_t i) {
    const auto row = static_cast<std::size_t>(i);
    double sum = 0;
    for (std::size_t e = m.offsets[row]; e < m.offsets[row + 1]; ++e) {
      sum += static_cast<double>(m.values[e]) * static_cast<double>(x[m.places[e]]);
    }
    y[row] = static_cast<float>(sum);
  });
}

class SparseMatrix final : public MatrixOperator {
 public:
  SparseMatrix(const Shape& domain, CompressedRows matrix)
      : MatrixOperator(domain, matrix.rows, matrix.columns),
        matrix_(std::move(matrix)),
        transposed_(matrix_.transposed()) {
    column_squares().resize(columns());
    for (std::size_t e = 0; e < matrix_.values.size(); ++e) {
      const auto value = static_cast<double>(matrix_.values[e]);
      column_squares()[matrix_.places[e]] += value * value;
    }
  }

 protected:
  void multiply(std::span<const float> x, std::span<float> y) const override {
    multiply_rows(matrix_, x, y);
  }
  void multiply_transposed(std::span<const float> y, std::span<float> x) const override {
    multiply_rows(transposed_, y, x);
  }

 private:
  CompressedRows matrix_;
  CompressedRows transposed_;
};

}  // namespace

Shape matrix_range(const Shape& domain, std::int64_t rows, std::int64_t columns) {
  if (rows >= 1 && columns == domain.sample()) return {1, 1, 1, rows};
  if (rows >= 1 && columns == domain.plane()) return {1, domain.c, 1, rows};
  throw InvalidArgument("the matrix has " + std::to_string(rows) + "x" + std::to_string(columns) +
                        " entries, expected " + std::to_string(domain.sample()) + " columns or " +
                        std::to_string(domain.plane()) + " (every channel alike) for an image " +
                        to_string(domain.with_samples(1)));
}

std::unique_ptr<Operator> make_dense_matrix(const Shape& domain, Tensor matrix) {
  const Shape& shape = matrix.shape();
  if (shape != Shape{1, 1, shape.h, shape.w}) {
    throw InvalidArgument("a matrix has two axes, found " + to_string(shape));
  }
  if (!all_finite(matrix)) throw InvalidArgument("the matrix holds a value that is not finite");
  return std::make_unique<DenseMatrix>(domain, std::move(matrix));
}

std::unique_ptr<Operator> make_sparse_matrix(const Shape& domain, const Tensor& coordinates) {
  return std::make_unique<SparseMatrix>(domain, compress_rows(coordinates));
}

}  // namespace modeseek
