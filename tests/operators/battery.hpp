#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "modeseek/operator.hpp"
#include "modeseek/random.hpp"
#include "modeseek/tensor.hpp"

/// What every measurement operator must satisfy, and slow twins to compare it with.
namespace modeseek::battery {

inline Tensor random_tensor(const Shape& shape, std::uint64_t seed) {
  Tensor t(shape);
  Random random(seed, 77);
  random.fill_normal(t.values());
  return t;
}

/// |a - b| / |b|
inline double relative_difference(const Tensor& a, const Tensor& b) {
  const double scale = norm(b);
  return norm(a - b) / (scale > 0 ? scale : 1.0);
}

/// The same H with every solve by plain conjugate gradients.
class PlainOperator final : public Operator {
 public:
  explicit PlainOperator(const Operator& op) : Operator(op.domain(), op.range()), op_(op) {}

 protected:
  Tensor do_apply(const Tensor& x) const override { return op_.apply(x); }
  Tensor do_adjoint(const Tensor& y) const override { return op_.adjoint(y); }

 private:
  const Operator& op_;
};

/// A dense matrix in double precision.
struct Dense {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;

  double& at(std::size_t i, std::size_t j) { return values[i * columns + j]; }
  double at(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
};

/// H, column by column.
inline Dense dense_matrix(const Operator& op) {
  Dense h{static_cast<std::size_t>(op.range().count()),
          static_cast<std::size_t>(op.domain().count()),
          {}};
  h.values.resize(h.rows * h.columns);
  for (std::size_t j = 0; j < h.columns; ++j) {
    Tensor unit(op.domain());
    unit.values()[j] = 1.0F;
    const Tensor column = op.apply(unit);
    for (std::size_t i = 0; i < h.rows; ++i) h.at(i, j) = column.values()[i];
  }
  return h;
}

inline std::vector<double> multiply(const Dense& h, std::span<const float> x) {
  std::vector<double> y(h.rows);
  for (std::size_t i = 0; i < h.rows; ++i) {
    for (std::size_t j = 0; j < h.columns; ++j) y[i] += h.at(i, j) * x[j];
  }
  return y;
}

inline std::vector<double> multiply_transposed(const Dense& h, std::span<const float> y) {
  std::vector<double> x(h.columns);
  for (std::size_t i = 0; i < h.rows; ++i) {
    for (std::size_t j = 0; j < h.columns; ++j) x[j] += h.at(i, j) * y[i];
  }
  return x;
}

/// H^T H + lam I
inline Dense normal_matrix(const Dense& h, double lam) {
  Dense a{h.columns, h.columns, std::vector<double>(h.columns * h.columns)};
  for (std::size_t k = 0; k < h.rows; ++k) {
    for (std::size_t i = 0; i < h.columns; ++i) {
      if (h.at(k, i) == 0.0) continue;
      for (std::size_t j = 0; j < h.columns; ++j) a.at(i, j) += h.at(k, i) * h.at(k, j);
    }
  }
  for (std::size_t i = 0; i < h.columns; ++i) a.at(i, i) += lam;
  return a;
}

/// A^-1 b, A symmetric positive definite (Cholesky).
inline std::vector<double> solve(Dense a, std::vector<double> b) {
  const std::size_t n = a.rows;
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = j; i < n; ++i) {
      double sum = a.at(i, j);
      for (std::size_t k = 0; k < j; ++k) sum -= a.at(i, k) * a.at(j, k);
      a.at(i, j) = i == j ? std::sqrt(sum) : sum / a.at(j, j);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a.at(i, k) * b[k];
    b[i] /= a.at(i, i);
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a.at(k, i) * b[k];
    b[i] /= a.at(i, i);
  }
  return b;
}

inline double relative_difference(std::span<const float> a, const std::vector<double>& b) {
  double difference = 0;
  double scale = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    scale += b[i] * b[i];
  }
  return std::sqrt(difference / (scale > 0 ? scale : 1.0));
}

/// |<Hx, y> - <x, H^T y>| <= 1e-5 |Hx| |y|
inline void expect_adjoint(const Operator& op) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Tensor x = random_tensor(op.domain(), seed);
    const Tensor y = random_tensor(op.range(), 100 + seed);
    const Tensor hx = op.apply(x);
    EXPECT_NEAR(dot(hx, y), dot(x, op.adjoint(y)), 1e-5 * norm(hx) * norm(y));
  }
}

/// The residual of solve_normal, the same solution by plain conjugate gradients, and the
/// pseudo-inverse as the solution for H^T y.
inline void expect_solves(const Operator& op) {
  const Tensor y = random_tensor(op.range(), 5);
  const Tensor b = op.adjoint(y);
  for (const double lam : {1e-1, 1e-3}) {
    SolveReport report;
    const Tensor u = op.solve_normal(b, lam, &report);
    EXPECT_TRUE(report.converged) << "lam " << lam << ", residual " << report.relative_residual;
    Tensor residual = op.adjoint(op.apply(u)) - b;
    add_scaled(residual, static_cast<float>(lam), u);
    EXPECT_LE(norm(residual), 1e-5 * norm(b)) << "lam " << lam;
    EXPECT_LE(relative_difference(PlainOperator(op).solve_normal(b, lam), u), 3e-4)
        << "lam " << lam;
    EXPECT_LE(relative_difference(op.pseudo_inverse(y, lam), u), 3e-4) << "lam " << lam;
  }
}

/// apply, adjoint, both solves and the norm against the dense matrix in double precision.
inline void expect_dense(const Operator& op) {
  const Dense h = dense_matrix(op);
  const Tensor x = random_tensor(op.domain(), 8);
  const Tensor y = random_tensor(op.range(), 9);
  EXPECT_LE(relative_difference(op.apply(x).values(), multiply(h, x.values())), 1e-5);
  EXPECT_LE(relative_difference(op.adjoint(y).values(), multiply_transposed(h, y.values())), 1e-5);
  for (const double lam : {1e-1, 1e-3}) {
    const auto expected = solve(normal_matrix(h, lam), multiply_transposed(h, y.values()));
    EXPECT_LE(relative_difference(op.solve_normal(op.adjoint(y), lam).values(), expected), 3e-4);
    EXPECT_LE(relative_difference(op.pseudo_inverse(y, lam).values(), expected), 3e-4);
  }
  // The largest singular value by power iteration in double precision.
  const Dense gram = normal_matrix(h, 0.0);
  std::vector<double> v(h.columns);
  Random random(3);
  for (double& value : v) value = random.normal();
  double squared = 0;
  for (int i = 0; i < 500; ++i) {
    std::vector<double> next(v.size());
    double length = 0;
    for (std::size_t k = 0; k < v.size(); ++k) {
      for (std::size_t l = 0; l < v.size(); ++l) next[k] += gram.at(k, l) * v[l];
      length += next[k] * next[k];
    }
    squared = std::sqrt(length);
    for (std::size_t k = 0; k < v.size(); ++k) v[k] = next[k] / squared;
  }
  EXPECT_NEAR(op.norm(), std::sqrt(squared), 2e-3 * std::sqrt(squared));
}

/// A sample's results are the same bits alone and inside a batch.
inline void expect_batch_independent(const Operator& op) {
  const Tensor x = random_tensor(op.domain().with_samples(3), 21);
  const Tensor y = random_tensor(op.range().with_samples(3), 22);
  const Tensor b = op.adjoint(y);
  const Tensor hx = op.apply(x);
  const Tensor u = op.solve_normal(b, 1e-2);
  const Tensor w = op.pseudo_inverse(y, 1e-2);
  const auto equal = [](const Tensor& one, const Tensor& batch) {
    const auto middle = batch.sample(1);
    return std::equal(middle.begin(), middle.end(), one.values().begin(), one.values().end());
  };
  EXPECT_TRUE(equal(op.apply(x.copy_sample(1)), hx));
  EXPECT_TRUE(equal(op.adjoint(y.copy_sample(1)), b));
  EXPECT_TRUE(equal(op.solve_normal(b.copy_sample(1), 1e-2), u));
  EXPECT_TRUE(equal(op.pseudo_inverse(y.copy_sample(1), 1e-2), w));
}

/// H H^T = row_gram() I, when the operator says so.
inline void expect_row_gram(const Operator& op) {
  const auto gram = op.row_gram();
  if (!gram) return;
  const Tensor y = random_tensor(op.range(), 31);
  EXPECT_LE(relative_difference(op.apply(op.adjoint(y)), static_cast<float>(*gram) * y), 1e-5);
}

/// The singular value decomposition, when the operator has one: V orthonormal and square, U^T y =
/// S^-1 V^T H^T y where S > 0 and 0 elsewhere (hence H = U S V^T), the largest singular value the
/// norm.
inline void expect_spectral(const Operator& op) {
  const auto spectral = op.spectral();
  if (!spectral) return;
  const Tensor& values = spectral->singular_values();
  ASSERT_EQ(values.shape(), op.domain());
  const Tensor x = random_tensor(op.domain().with_samples(2), 41);
  const Tensor modes = spectral->to_modes(x);
  EXPECT_LE(relative_difference(spectral->from_modes(modes), x), 1e-5);
  EXPECT_NEAR(norm(modes), norm(x), 1e-5 * norm(x));
  Tensor scaled = modes;
  double largest = 0;
  for (std::int64_t n = 0; n < 2; ++n) {
    for (std::size_t i = 0; i < values.values().size(); ++i) {
      const float s = values.values()[i];
      EXPECT_GE(s, 0.0F);
      scaled.sample(n)[i] *= s;
      largest = std::max(largest, static_cast<double>(s));
    }
  }
  EXPECT_NEAR(largest, op.norm(), 1e-3 * op.norm());
  EXPECT_LE(relative_difference(spectral->measured_modes(op.apply(x)), scaled), 2e-5);
  // |H x| = |S V^T x|, and noise outside the range of H is dropped.
  EXPECT_NEAR(norm(op.apply(x)), norm(scaled), 1e-4 * norm(scaled));
  const Tensor y = random_tensor(op.range(), 42);
  Tensor weighted = spectral->measured_modes(y);
  const Tensor expected = spectral->to_modes(op.adjoint(y));
  for (std::size_t i = 0; i < values.values().size(); ++i) {
    if (values.values()[i] == 0.0F) {
      EXPECT_EQ(weighted.values()[i], 0.0F);
    }
    weighted.values()[i] *= values.values()[i];
  }
  EXPECT_LE(relative_difference(weighted, expected), 2e-5);
}

/// All of it; the dense comparison where the matrix is small.
inline void expect_operator(const Operator& op) {
  expect_adjoint(op);
  expect_solves(op);
  expect_batch_independent(op);
  expect_row_gram(op);
  expect_spectral(op);
  if (op.domain().count() <= 200) expect_dense(op);
}

}  // namespace modeseek::battery
