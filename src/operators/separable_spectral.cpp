#include "operators/separable_spectral.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "operators/work.hpp"

namespace modeseek {
namespace {

/// Directions that D passes with less than this share of its norm count as not measured.
constexpr double kRankTolerance = 1e-6;

using Vectors = std::vector<std::vector<double>>;

/// Subtracts from v its parts along `basis`, twice for the sake of rounding; returns what is left
/// of its length.
double orthogonalise(std::vector<double>& v, const Vectors& basis) {
  for (int pass = 0; pass < 2; ++pass) {
    for (const auto& b : basis) {
      double product = 0;
      for (std::size_t i = 0; i < v.size(); ++i) product += b[i] * v[i];
      for (std::size_t i = 0; i < v.size(); ++i) v[i] -= product * b[i];
    }
  }
  double squared = 0;
  for (const double value : v) squared += value * value;
  return std::sqrt(squared);
}

void scale(std::vector<double>& v, double factor) {
  for (double& value : v) value *= factor;
}

/// Adds unit vectors to an orthonormal basis until it is complete.
void complete(Vectors& basis, std::size_t dimension) {
  for (std::size_t i = 0; i < dimension && basis.size() < dimension; ++i) {
    std::vector<double> v(dimension, 0.0);
    v[i] = 1;
    const double length = orthogonalise(v, basis);
    // At least one of the axes that are left keeps this much of its length.
    if (length * length * static_cast<double>(dimension) < 0.5) continue;
    scale(v, 1 / length);
    basis.push_back(std::move(v));
  }
}

/// out[row, k] = sum_j in[row, j] m[j, k]: every row of `in` times the matrix.
void times(const float* in, std::int64_t rows, const std::vector<float>& m, std::int64_t inner,
           std::int64_t columns, float* out) {
  for_each_item(rows, inner * columns, [&](std::int64_t row) {
    float* to = out + row * columns;
    std::fill_n(to, columns, 0.0F);
    for (std::int64_t j = 0; j < inner; ++j) {
      const float value = in[row * inner + j];
      const float* line = m.data() + j * columns;
      for (std::int64_t k = 0; k < columns; ++k) to[k] += value * line[k];
    }
  });
}

std::vector<float> transposed(const float* in, std::int64_t rows, std::int64_t columns) {
  std::vector<float> out(static_cast<std::size_t>(rows * columns));
  for (std::int64_t y = 0; y < rows; ++y) {
    for (std::int64_t x = 0; x < columns; ++x) {
      out[static_cast<std::size_t>(x * rows + y)] = in[y * columns + x];
    }
  }
  return out;
}

/// A^T X B for every plane X (rows x columns), A square rows x rows, B square columns x columns.
Tensor sandwiched(const Tensor& x, const std::vector<float>& a, const std::vector<float>& b) {
  const Shape& shape = x.shape();
  Tensor result(shape);
  std::vector<float> partial(static_cast<std::size_t>(shape.plane()));
  for (std::int64_t p = 0; p < shape.n * shape.c; ++p) {
    times(x.data() + p * shape.plane(), shape.h, b, shape.w, shape.w, partial.data());
    const std::vector<float> turned = transposed(partial.data(), shape.h, shape.w);
    times(turned.data(), shape.w, a, shape.h, shape.h, partial.data());
    const std::vector<float> back = transposed(partial.data(), shape.w, shape.h);
    std::copy(back.begin(), back.end(), result.data() + p * shape.plane());
  }
  return result;
}

}  // namespace

AxisSpectrum AxisSpectrum::from_left_vectors(const std::vector<double>& matrix,
                                             std::int64_t outputs, std::int64_t inputs,
                                             const std::vector<double>& left) {
  const auto m = static_cast<std::size_t>(outputs);
  const auto n = static_cast<std::size_t>(inputs);
  // D^T u, whose length is the singular value.
  Vectors images(m, std::vector<double>(n, 0.0));
  std::vector<double> values(n, 0.0);
  for (std::size_t k = 0; k < m; ++k) {
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t j = 0; j < n; ++j) images[k][j] += left[i * m + k] * matrix[i * n + j];
    }
    values[k] = orthogonalise(images[k], {});
  }
  const double largest = *std::max_element(values.begin(), values.end());
  Vectors basis;
  std::vector<std::size_t> places;  ///< the mode of each vector of the basis
  for (std::size_t k = 0; k < m; ++k) {
    if (values[k] <= kRankTolerance * largest) {
      values[k] = 0;
      continue;
    }
    scale(images[k], 1 / values[k]);
    basis.push_back(images[k]);
    places.push_back(k);
  }
  for (std::size_t k = 0; k < n; ++k) {
    if (values[k] == 0) places.push_back(k);
  }
  complete(basis, n);
  AxisSpectrum result{outputs, inputs, std::vector<float>(left.begin(), left.end()),
                      std::vector<float>(n * n), std::move(values)};
  for (std::size_t k = 0; k < basis.size(); ++k) {
    for (std::size_t j = 0; j < n; ++j) {
      result.right[j * n + places[k]] = static_cast<float>(basis[k][j]);
    }
  }
  return result;
}

SeparableSpectral::SeparableSpectral(std::int64_t channels, AxisSpectrum along_columns,
                                     AxisSpectrum along_rows)
    : columns_(std::move(along_columns)),
      rows_(std::move(along_rows)),
      values_({1, channels, columns_.inputs, rows_.inputs}) {
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t k = 0; k < columns_.inputs; ++k) {
      for (std::int64_t l = 0; l < rows_.inputs; ++l) {
        values_(0, c, k, l) = static_cast<float>(columns_.values[static_cast<std::size_t>(k)] *
                                                 rows_.values[static_cast<std::size_t>(l)]);
      }
    }
  }
}

Tensor SeparableSpectral::to_modes(const Tensor& x) const {
  return sandwiched(x, columns_.right, rows_.right);
}

Tensor SeparableSpectral::from_modes(const Tensor& m) const {
  return sandwiched(m, transposed(columns_.right.data(), columns_.inputs, columns_.inputs),
                    transposed(rows_.right.data(), rows_.inputs, rows_.inputs));
}

Tensor SeparableSpectral::measured_modes(const Tensor& y) const {
  const Tensor measured = sandwiched(y, columns_.left, rows_.left);
  Tensor modes(values_.shape().with_samples(y.shape().n));
  for (std::int64_t n = 0; n < y.shape().n; ++n) {
    for (std::int64_t c = 0; c < y.shape().c; ++c) {
      for (std::int64_t k = 0; k < columns_.outputs; ++k) {
        for (std::int64_t l = 0; l < rows_.outputs; ++l) {
          if (values_(0, c, k, l) > 0) modes(n, c, k, l) = measured(n, c, k, l);
        }
      }
    }
  }
  return modes;
}

}  // namespace modeseek
