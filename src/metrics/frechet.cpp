#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/symmetric_eigen.hpp"
#include "core/threads.hpp"
#include "modeseek/error.hpp"
#include "modeseek/fid.hpp"

namespace modeseek {
namespace {

/// y += factor x
void add_row(std::span<double> y, double factor, std::span<const double> x) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

double dot_rows(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Rows of equal width.
struct Matrix {
  std::size_t width = 0;
  std::vector<double> values;

  std::size_t rows() const { return width == 0 ? 0 : values.size() / width; }
  std::span<double> row(std::size_t i) { return std::span(values).subspan(i * width, width); }
  std::span<const double> row(std::size_t i) const {
    return std::span(values).subspan(i * width, width);
  }
};

/// F with F^T F = `s`, which is symmetric and positive semidefinite, and no more rows than its
/// rank: Cholesky's factorisation with diagonal pivots (Higham, "Analysis of the Cholesky
/// Decomposition of a Semi-definite Matrix", 1990). A few pictures give a covariance of low rank.
Matrix factor(const Matrix& s) {
  const std::size_t d = s.width;
  std::vector<double> left(d);  // diagonal of what is not yet factorised
  for (std::size_t j = 0; j < d; ++j) left[j] = s.row(j)[j];
  const double largest = *std::ranges::max_element(left);
  const double tolerance =
      static_cast<double>(d) * std::numeric_limits<double>::epsilon() * largest;
  Matrix f{d, {}};
  while (f.rows() < d) {
    const auto pivot = static_cast<std::size_t>(std::ranges::max_element(left) - left.begin());
    if (left[pivot] <= tolerance) break;
    const double root = std::sqrt(left[pivot]);
    std::vector<double> row(s.row(pivot).begin(), s.row(pivot).end());
    for (std::size_t k = 0; k < f.rows(); ++k) add_row(row, -f.row(k)[pivot], f.row(k));
    for (std::size_t j = 0; j < d; ++j) {
      row[j] /= root;
      left[j] -= row[j] * row[j];
    }
    left[pivot] = 0;
    f.values.insert(f.values.end(), row.begin(), row.end());
  }
  return f;
}

/// Rows [first, first + count) of F S.
Matrix times(const Matrix& f, std::size_t first, std::size_t count, const Matrix& s) {
  Matrix rows{f.width, std::vector<double>(count * f.width, 0.0)};
  for (std::size_t j = 0; j < f.width; ++j) {
    for (std::size_t i = 0; i < count; ++i) add_row(rows.row(i), f.row(first + i)[j], s.row(j));
  }
  return rows;
}

/// F S F^T, by a few rows at once, so that S and F are read from memory less often.
std::vector<double> sandwich(const Matrix& f, const Matrix& s) {
  constexpr std::size_t kRows = 8;
  const std::size_t n = f.rows();
  std::vector<double> product(n * n);
  parallel_for(static_cast<std::int64_t>((n + kRows - 1) / kRows), [&](std::int64_t chunk) {
    const std::size_t first = static_cast<std::size_t>(chunk) * kRows;
    const Matrix rows = times(f, first, std::min(kRows, n - first), s);
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t i = 0; i < rows.rows(); ++i) {
        product[(first + i) * n + k] = dot_rows(rows.row(i), f.row(k));
      }
    }
  });
  return product;
}

/// tr (A B)^(1/2): with A = F^T F, the product A B has the eigenvalues of F B F^T, and zeros.
double trace_of_root(const Matrix& a, const Matrix& b) {
  const Matrix f = factor(a);
  const std::size_t n = f.rows();
  if (n == 0) return 0;
  double sum = 0;
  for (const double value : symmetric_eigenvalues(sandwich(f, b), n)) {
    sum += std::sqrt(std::max(0.0, value));
  }
  return sum;
}

double trace(const Matrix& s) {
  double sum = 0;
  for (std::size_t j = 0; j < s.width; ++j) sum += s.row(j)[j];
  return sum;
}

}  // namespace

void FeatureStatistics::add(std::span<const float> features) {
  if (count_ == 0) {
    mean_.assign(features.size(), 0.0);
    scatter_.assign(features.size() * features.size(), 0.0);
  }
  const std::size_t d = dimension();
  if (features.size() != d || d == 0) {
    throw InvalidArgument("feature statistics: expected " + std::to_string(d) +
                          " features, found " + std::to_string(features.size()));
  }
  if (!std::ranges::all_of(features, [](float value) { return std::isfinite(value); })) {
    throw InvalidArgument("feature statistics: the features hold NaN or infinite values");
  }
  ++count_;
  const auto n = static_cast<double>(count_);
  std::vector<double> deviation(d);
  for (std::size_t i = 0; i < d; ++i) {
    deviation[i] = static_cast<double>(features[i]) - mean_[i];
    mean_[i] += deviation[i] / n;
  }
  // Welford's update: the deviation from the old mean times that from the new one.
  for (std::size_t i = 0; i < d; ++i) {
    add_row(std::span(scatter_).subspan(i * d, i + 1), (n - 1) / n * deviation[i], deviation);
  }
}

std::vector<double> FeatureStatistics::covariance() const {
  if (count_ < 2) {
    throw InvalidArgument("feature statistics: a covariance needs two samples, found " +
                          std::to_string(count_));
  }
  std::vector<double> result = scatter_;
  const std::size_t d = dimension();
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      result[i * d + j] /= static_cast<double>(count_ - 1);
      result[j * d + i] = result[i * d + j];
    }
  }
  return result;
}

double frechet_distance(const FeatureStatistics& a, const FeatureStatistics& b) {
  if (a.dimension() != b.dimension()) {
    throw InvalidArgument("Frechet distance: expected equal numbers of features, found " +
                          std::to_string(a.dimension()) + " and " + std::to_string(b.dimension()));
  }
  const Matrix first{a.dimension(), a.covariance()};
  const Matrix second{b.dimension(), b.covariance()};
  double squares = 0;
  for (std::size_t i = 0; i < a.dimension(); ++i) {
    squares += (a.mean()[i] - b.mean()[i]) * (a.mean()[i] - b.mean()[i]);
  }
  // The fewer samples, the smaller the eigenvalue problem.
  const double root =
      a.count() <= b.count() ? trace_of_root(first, second) : trace_of_root(second, first);
  return squares + trace(first) + trace(second) - 2 * root;
}

}  // namespace modeseek
