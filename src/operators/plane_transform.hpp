#pragma once

#include <complex>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "modeseek/tensor.hpp"
#include "operators/fourier.hpp"

namespace modeseek {

/// The transform that diagonalises an axis.
enum class TransformKind {
  fourier,  ///< circular convolutions
  cosine    ///< convolutions with a symmetric kernel under a mirrored border (DCT-II)
};

/// A two-dimensional transform of images, both axes of one kind, as rows, transposition, rows. Two
/// real planes travel as the real and imaginary part of one complex plane (every step is linear
/// over the complex numbers), which halves the work.
class PlaneTransform {
 public:
  using Complex = std::complex<float>;
  using Plane = std::vector<Complex>;

  /// Throws InvalidArgument for an extent that Fft does not take.
  PlaneTransform(TransformKind kind, std::int64_t rows, std::int64_t columns);

  TransformKind kind() const noexcept { return kind_; }
  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t columns() const noexcept { return columns_; }

  /// Row-major rows x columns in; the spectrum comes out transposed, columns x rows. Unnormalised.
  void forward(Plane& plane) const;
  /// The inverse of forward, normalised.
  void inverse(Plane& plane) const;

  /// Applies a real filter to every plane of x [N,C,rows,columns]: `spectrum[k]` multiplies
  /// coefficient k (transposed layout). Channels of one sample share a complex plane, samples do
  /// not, so that a sample's rounding never depends on its batch.
  Tensor filter(const Tensor& x, std::span<const Complex> spectrum) const;

 private:
  void transform_rows(Plane& plane, const Fft& fft, bool inverse) const;

  TransformKind kind_;
  std::int64_t rows_;
  std::int64_t columns_;
  Fft row_fft_;
  Fft column_fft_;
};

/// Moves planes `first` and `first + 1` (if there is one) of sample n into a complex plane with
/// `columns` columns, zero elsewhere, with the offset given; and back.
void pack_planes(const Tensor& x, std::int64_t n, std::int64_t first, std::int64_t columns,
                 std::int64_t row_offset, std::int64_t column_offset, PlaneTransform::Plane& plane);
void unpack_planes(const PlaneTransform::Plane& plane, std::int64_t columns,
                   std::int64_t row_offset, std::int64_t column_offset, std::int64_t n,
                   std::int64_t first, Tensor& x);

}  // namespace modeseek
