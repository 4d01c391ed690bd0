#include "operators/plane_transform.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "modeseek/error.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

using Complex = PlaneTransform::Complex;

/// exp(-pi i k / 2n), k < n: what turns a Fourier transform into a cosine transform.
Complex half_turn(std::int64_t k, std::int64_t n) {
  return Complex(
      std::polar(1.0, -std::numbers::pi * static_cast<double>(k) / static_cast<double>(2 * n)));
}

/// DCT-II by one Fourier transform of equal length (Makhoul, 1980), linear over the complex
/// numbers: X_k = sum_j x_j cos(pi (j + 1/2) k / n).
void cosine_forward(const Fft& fft, const std::vector<Complex>& turns, Complex* row,
                    std::vector<Complex>& a, std::vector<Complex>& b) {
  const auto n = static_cast<std::size_t>(fft.length());
  for (std::size_t j = 0; 2 * j < n; ++j) a[j] = row[2 * j];
  for (std::size_t j = 0; 2 * j + 1 < n; ++j) a[n - 1 - j] = row[2 * j + 1];
  fft.forward(a.data(), b.data());
  row[0] = b[0];
  for (std::size_t k = 1; k < n; ++k) {
    row[k] = 0.5F * (product(turns[k], b[k]) + product(std::conj(turns[k]), b[n - k]));
  }
}

/// The inverse, times n.
void cosine_inverse(const Fft& fft, const std::vector<Complex>& turns, Complex* row,
                    std::vector<Complex>& a, std::vector<Complex>& b) {
  const auto n = static_cast<std::size_t>(fft.length());
  a[0] = row[0];
  for (std::size_t k = 1; k < n; ++k) {
    const Complex mirrored(row[n - k].imag(), -row[n - k].real());  // -i X_{n-k}
    a[k] = product(std::conj(turns[k]), row[k] + mirrored);
  }
  fft.inverse(a.data(), b.data());
  for (std::size_t j = 0; 2 * j < n; ++j) row[2 * j] = b[j];
  for (std::size_t j = 0; 2 * j + 1 < n; ++j) row[2 * j + 1] = b[n - 1 - j];
}

/// rows x columns -> columns x rows, in square tiles for the cache's sake.
void transpose(PlaneTransform::Plane& plane, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kTile = 32;
  PlaneTransform::Plane out(plane.size());
  const Complex* from = plane.data();
  Complex* to = out.data();
  for_each_item((rows + kTile - 1) / kTile, kTile * columns, [&](std::int64_t tile) {
    const std::int64_t last = std::min(rows, (tile + 1) * kTile);
    for (std::int64_t left = 0; left < columns; left += kTile) {
      const std::int64_t right = std::min(columns, left + kTile);
      for (std::int64_t y = tile * kTile; y < last; ++y) {
        for (std::int64_t x = left; x < right; ++x) to[x * rows + y] = from[y * columns + x];
      }
    }
  });
  plane.swap(out);
}

}  // namespace

PlaneTransform::PlaneTransform(TransformKind kind, std::int64_t rows, std::int64_t columns)
    : kind_(kind), rows_(rows), columns_(columns), row_fft_(columns), column_fft_(rows) {}

void PlaneTransform::transform_rows(Plane& plane, const Fft& fft, bool inverse) const {
  const std::int64_t length = fft.length();
  const auto size = static_cast<std::size_t>(length);
  std::vector<Complex> turns;
  if (kind_ == TransformKind::cosine) {
    turns.resize(size);
    for (std::int64_t k = 0; k < length; ++k) {
      turns[static_cast<std::size_t>(k)] = half_turn(k, length);
    }
  }
  const std::int64_t count = static_cast<std::int64_t>(plane.size()) / length;
  constexpr std::int64_t kRowsAtOnce = 16;
  for_each_item((count + kRowsAtOnce - 1) / kRowsAtOnce, 16 * kRowsAtOnce * length,
                [&](std::int64_t chunk) {
                  std::vector<Complex> a(size);
                  std::vector<Complex> b(size);
                  const std::int64_t last = std::min(count, (chunk + 1) * kRowsAtOnce);
                  for (std::int64_t y = chunk * kRowsAtOnce; y < last; ++y) {
                    Complex* row = plane.data() + y * length;
                    if (kind_ == TransformKind::cosine) {
                      (inverse ? cosine_inverse : cosine_forward)(fft, turns, row, a, b);
                    } else {
                      inverse ? fft.inverse(row, a.data()) : fft.forward(row, a.data());
                      std::copy(a.begin(), a.end(), row);
                    }
                  }
                });
}

void PlaneTransform::forward(Plane& plane) const {
  transform_rows(plane, row_fft_, false);
  transpose(plane, rows_, columns_);
  transform_rows(plane, column_fft_, false);
}

void PlaneTransform::inverse(Plane& plane) const {
  transform_rows(plane, column_fft_, true);
  transpose(plane, columns_, rows_);
  transform_rows(plane, row_fft_, true);
  const float scale = 1.0F / static_cast<float>(rows_ * columns_);
  for (Complex& value : plane) value *= scale;
}

Tensor PlaneTransform::filter(const Tensor& x, std::span<const Complex> spectrum) const {
  if (x.shape().h != rows_ || x.shape().w != columns_) {
    throw InvalidArgument("filter for " + std::to_string(rows_) + "x" + std::to_string(columns_) +
                          " applied to " + to_string(x.shape()));
  }
  Tensor result(x.shape());
  Plane plane(static_cast<std::size_t>(rows_ * columns_));
  for (std::int64_t n = 0; n < x.shape().n; ++n) {
    for (std::int64_t c = 0; c < x.shape().c; c += 2) {
      pack_planes(x, n, c, columns_, 0, 0, plane);
      forward(plane);
      for (std::size_t k = 0; k < plane.size(); ++k) plane[k] = product(plane[k], spectrum[k]);
      inverse(plane);
      unpack_planes(plane, columns_, 0, 0, n, c, result);
    }
  }
  return result;
}

void pack_planes(const Tensor& x, std::int64_t n, std::int64_t first, std::int64_t columns,
                 std::int64_t row_offset, std::int64_t column_offset,
                 PlaneTransform::Plane& plane) {
  std::fill(plane.begin(), plane.end(), Complex());
  const bool second = first + 1 < x.shape().c;
  const auto a = x.plane(n, first);
  const auto b = x.plane(n, second ? first + 1 : first);
  for (std::int64_t y = 0; y < x.shape().h; ++y) {
    Complex* row = plane.data() + (y + row_offset) * columns + column_offset;
    const auto start = static_cast<std::size_t>(y * x.shape().w);
    for (std::size_t i = 0; i < static_cast<std::size_t>(x.shape().w); ++i) {
      row[i] = Complex(a[start + i], second ? b[start + i] : 0.0F);
    }
  }
}

void unpack_planes(const PlaneTransform::Plane& plane, std::int64_t columns,
                   std::int64_t row_offset, std::int64_t column_offset, std::int64_t n,
                   std::int64_t first, Tensor& x) {
  const bool second = first + 1 < x.shape().c;
  const auto a = x.plane(n, first);
  const auto b = x.plane(n, second ? first + 1 : first);
  for (std::int64_t y = 0; y < x.shape().h; ++y) {
    const Complex* row = plane.data() + (y + row_offset) * columns + column_offset;
    const auto start = static_cast<std::size_t>(y * x.shape().w);
    for (std::size_t i = 0; i < static_cast<std::size_t>(x.shape().w); ++i) {
      a[start + i] = row[i].real();
      if (second) b[start + i] = row[i].imag();
    }
  }
}

}  // namespace modeseek
