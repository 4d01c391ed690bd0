#include "core/symmetric_eigen.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

constexpr int kMaxSweeps = 60;

struct Rotation {
  double cosine = 1;
  double sine = 0;
};

/// The rotation in the plane (p, q) that makes the off-diagonal entry `a_pq` vanish.
Rotation annihilate(double a_pp, double a_pq, double a_qq) {
  const double tau = (a_qq - a_pp) / (2 * a_pq);
  const double t = (tau >= 0 ? 1.0 : -1.0) / (std::fabs(tau) + std::hypot(1.0, tau));
  const double cosine = 1 / std::hypot(1.0, t);
  return {cosine, t * cosine};
}

void rotate(double& a, double& b, const Rotation& r) {
  const double old = a;
  a = r.cosine * old - r.sine * b;
  b = r.sine * old + r.cosine * b;
}

double off_diagonal(const std::vector<double>& a, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) sum += a[i * n + j] * a[i * n + j];
  }
  return std::sqrt(sum);
}

double frobenius(const std::vector<double>& a) {
  double sum = 0;
  for (const double value : a) sum += value * value;
  return std::sqrt(sum);
}

/// Rotates every pair of rows and columns of `a` once; row k of `v` follows as eigenvector.
void sweep(std::vector<double>& a, std::vector<double>& v, std::size_t n) {
  for (std::size_t p = 0; p < n; ++p) {
    for (std::size_t q = p + 1; q < n; ++q) {
      if (a[p * n + q] == 0) continue;
      const Rotation r = annihilate(a[p * n + p], a[p * n + q], a[q * n + q]);
      for (std::size_t k = 0; k < n; ++k) rotate(a[k * n + p], a[k * n + q], r);
      for (std::size_t k = 0; k < n; ++k) rotate(a[p * n + k], a[q * n + k], r);
      for (std::size_t k = 0; k < n; ++k) rotate(v[p * n + k], v[q * n + k], r);
    }
  }
}

/// The diagonal of `a` in ascending order, and the rows of `v` as the columns that belong to it.
SymmetricEigen sorted(const std::vector<double>& a, const std::vector<double>& v, std::size_t n) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return a[i * n + i]; });
  SymmetricEigen result{n, std::vector<double>(n), std::vector<double>(n * n)};
  for (std::size_t k = 0; k < n; ++k) {
    result.values[k] = a[order[k] * n + order[k]];
    for (std::size_t i = 0; i < n; ++i) result.vectors[i * n + k] = v[order[k] * n + i];
  }
  return result;
}

}  // namespace

SymmetricEigen symmetric_eigen(std::vector<double> matrix, std::size_t dimension) {
  const std::size_t n = dimension;
  if (n == 0 || matrix.size() / n != n || matrix.size() % n != 0) {
    throw InvalidArgument("symmetric_eigen: expected " + std::to_string(n) + " x " +
                          std::to_string(n) + " entries, found " + std::to_string(matrix.size()));
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) matrix[i * n + j] = matrix[j * n + i];
  }
  std::vector<double> rows(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) rows[i * n + i] = 1;
  const double tolerance = 1e-15 * frobenius(matrix);
  for (int k = 0; k < kMaxSweeps && off_diagonal(matrix, n) > tolerance; ++k) {
    sweep(matrix, rows, n);
  }
  return sorted(matrix, rows, n);
}

}  // namespace modeseek
