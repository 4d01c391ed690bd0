#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "core/symmetric_eigen.hpp"
#include "core/threads.hpp"
#include "modeseek/error.hpp"

namespace modeseek {
namespace {

/// A symmetric tridiagonal matrix.
struct Tridiagonal {
  std::vector<double> diagonal;
  std::vector<double> beside;  ///< one fewer
};

double norm_of(std::span<const double> x) {
  double sum = 0;
  for (const double value : x) sum += value * value;
  return std::sqrt(sum);
}

/// Householder's reduction (Golub, Van Loan, "Matrix Computations", 8.3.1). Both triangles are kept
/// up to date, so that rows are read and written in one piece.
Tridiagonal reduce(std::vector<double>& a, std::size_t n) {
  Tridiagonal t;
  std::vector<double> v(n);
  std::vector<double> w(n);
  for (std::size_t k = 0; k + 1 < n; ++k) {
    t.diagonal.push_back(a[k * n + k]);
    const std::size_t first = k + 1;
    const std::size_t m = n - first;
    const std::span<double> column(&a[k * n + first], m);
    const double length = norm_of(column);
    const double head = column[0] > 0 ? -length : length;
    t.beside.push_back(head);
    if (length == 0) continue;
    std::copy(column.begin(), column.end(), v.begin());
    v[0] -= head;
    const double scale = 1 / (length * (length + std::fabs(column[0])));  // 2 / |v|^2
    const auto row = [&](std::size_t i) { return &a[(first + i) * n + first]; };
    parallel_for(static_cast<std::int64_t>(m), [&](std::int64_t index) {
      const auto i = static_cast<std::size_t>(index);
      double sum = 0;
      for (std::size_t j = 0; j < m; ++j) sum += row(i)[j] * v[j];
      w[i] = scale * sum;
    });
    double overlap = 0;
    for (std::size_t i = 0; i < m; ++i) overlap += w[i] * v[i];
    for (std::size_t i = 0; i < m; ++i) w[i] -= scale / 2 * overlap * v[i];
    parallel_for(static_cast<std::int64_t>(m), [&](std::int64_t index) {
      const auto i = static_cast<std::size_t>(index);
      for (std::size_t j = 0; j < m; ++j) row(i)[j] -= v[i] * w[j] + w[i] * v[j];
    });
  }
  t.diagonal.push_back(a[n * n - 1]);
  return t;
}

/// Eigenvalues below x: negative pivots of T - x I (Sturm's sequence).
std::size_t count_below(const Tridiagonal& t, double x) {
  std::size_t count = 0;
  double pivot = 1;
  for (std::size_t i = 0; i < t.diagonal.size(); ++i) {
    const double square = i == 0 ? 0 : t.beside[i - 1] * t.beside[i - 1];
    if (pivot == 0) pivot = std::numeric_limits<double>::min();
    pivot = t.diagonal[i] - x - square / pivot;
    if (pivot < 0) ++count;
  }
  return count;
}

/// An interval that holds every eigenvalue (Gershgorin).
std::pair<double, double> bounds(const Tridiagonal& t) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::size_t i = 0; i < t.diagonal.size(); ++i) {
    double radius = 0;
    if (i > 0) radius += std::fabs(t.beside[i - 1]);
    if (i < t.beside.size()) radius += std::fabs(t.beside[i]);
    low = std::min(low, t.diagonal[i] - radius);
    high = std::max(high, t.diagonal[i] + radius);
  }
  return {low, high};
}

/// The k-th eigenvalue, which lies between low and high, up to `tolerance`.
double bisect(const Tridiagonal& t, std::size_t k, double low, double high, double tolerance) {
  while (high - low > tolerance) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (count_below(t, middle) > k ? high : low) = middle;
  }
  return low + (high - low) / 2;
}

}  // namespace

std::vector<double> symmetric_eigenvalues(std::vector<double> matrix, std::size_t dimension) {
  const std::size_t n = dimension;
  if (n == 0 || matrix.size() / n != n || matrix.size() % n != 0) {
    throw InvalidArgument("symmetric_eigenvalues: expected " + std::to_string(n) + " x " +
                          std::to_string(n) + " entries, found " + std::to_string(matrix.size()));
  }
  if (!std::ranges::all_of(matrix, [](double value) { return std::isfinite(value); })) {
    throw InvalidArgument("symmetric_eigenvalues: the matrix holds NaN or infinite values");
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) matrix[i * n + j] = matrix[j * n + i];
  }
  const Tridiagonal t = reduce(matrix, n);
  const auto [low, high] = bounds(t);
  const double tolerance =
      std::numeric_limits<double>::epsilon() * std::max(std::fabs(low), std::fabs(high));
  std::vector<double> values(n);
  parallel_for(static_cast<std::int64_t>(n), [&, low = low, high = high](std::int64_t index) {
    const auto k = static_cast<std::size_t>(index);
    values[k] = bisect(t, k, low, high, tolerance);
  });
  std::ranges::sort(values);
  return values;
}

}  // namespace modeseek
