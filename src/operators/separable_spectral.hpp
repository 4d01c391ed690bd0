#pragma once

#include <cstdint>
#include <vector>

#include "modeseek/spectral.hpp"

namespace modeseek {

/// The singular value decomposition of a short, wide matrix D (m x n, m <= n), dense and in double
/// precision: D = U diag(values) V^T, completed so that V is square.
struct AxisSpectrum {
  std::int64_t outputs = 0;    ///< m
  std::int64_t inputs = 0;     ///< n
  std::vector<float> left;     ///< U, m x m, row-major
  std::vector<float> right;    ///< V, n x n, row-major
  std::vector<double> values;  ///< n of them, 0 beyond m and where U's direction is not measured

  /// From D (row-major) and the eigenvectors of D D^T (row-major m x m, a vector a column).
  static AxisSpectrum from_left_vectors(const std::vector<double>& matrix, std::int64_t outputs,
                                        std::int64_t inputs, const std::vector<double>& left);
};

/// The singular value decomposition of a measurement that acts on rows and columns separately,
/// every channel alike. Mode (k, l) of a channel, the product of its column's k-th and its row's
/// l-th, is stored at row k and column l.
class SeparableSpectral final : public Spectral {
 public:
  /// `along_columns` acts on the h entries of a column, `along_rows` on the w entries of a row.
  SeparableSpectral(std::int64_t channels, AxisSpectrum along_columns, AxisSpectrum along_rows);

  const Tensor& singular_values() const override { return values_; }
  Tensor to_modes(const Tensor& x) const override;
  Tensor from_modes(const Tensor& m) const override;
  Tensor measured_modes(const Tensor& y) const override;

 private:
  AxisSpectrum columns_;
  AxisSpectrum rows_;
  Tensor values_;
};

}  // namespace modeseek
