#include "operators/blur_spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include "operators/plane_spectral.hpp"

namespace modeseek {
namespace {

/// Eigenvalues below this share of the largest are rounding: they count as zero when lam is zero.
constexpr double kRankTolerance = 1e-6;

PlaneTransform::Plane circular_eigenvalues(const PlaneTransform& transform, const Kernel& kernel) {
  const Kernel wrapped = wrapped_kernel(kernel, transform.rows(), transform.columns());
  PlaneTransform::Plane plane(wrapped.values.size());
  for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = static_cast<float>(wrapped.values[i]);
  transform.forward(plane);
  return plane;
}

/// For a symmetric kernel sum_{a,b} k(a, b) cos(pi k a / rows) cos(pi l b / columns), its Fourier
/// transform K(k, l) over twice the period; else sqrt((|K(k, l)|^2 + |K(-k, l)|^2) / 2). Row by
/// row, so that the doubled plane never exists.
PlaneTransform::Plane mirrored_eigenvalues(std::int64_t rows, std::int64_t columns,
                                           const Kernel& kernel, bool symmetric) {
  const Fft row_fft(2 * columns);
  const Fft column_fft(2 * rows);
  const Kernel wrapped = kernel.h > 2 * rows || kernel.w > 2 * columns
                             ? wrapped_kernel(kernel, 2 * rows, 2 * columns)
                             : kernel;
  const auto place = [](std::int64_t tap, std::int64_t anchor, std::int64_t period) {
    return static_cast<std::size_t>((tap - anchor + period) % period);
  };
  PlaneTransform::Plane in(static_cast<std::size_t>(2 * std::max(rows, columns)));
  PlaneTransform::Plane out(in.size());
  PlaneTransform::Plane partial(static_cast<std::size_t>(wrapped.h * columns));
  for (std::int64_t a = 0; a < wrapped.h; ++a) {
    std::fill(in.begin(), in.end(), PlaneTransform::Complex());
    for (std::int64_t b = 0; b < wrapped.w; ++b) {
      in[place(b, wrapped.anchor_x, 2 * columns)] = static_cast<float>(wrapped(a, b));
    }
    row_fft.forward(in.data(), out.data());
    std::copy_n(out.begin(), columns, partial.begin() + a * columns);
  }
  PlaneTransform::Plane eigenvalues(static_cast<std::size_t>(rows * columns));
  for (std::int64_t l = 0; l < columns; ++l) {
    std::fill(in.begin(), in.end(), PlaneTransform::Complex());
    for (std::int64_t a = 0; a < wrapped.h; ++a) {
      in[place(a, wrapped.anchor_y, 2 * rows)] = partial[static_cast<std::size_t>(a * columns + l)];
    }
    column_fft.forward(in.data(), out.data());
    for (std::int64_t k = 0; k < rows; ++k) {
      const std::complex<double> value(out[static_cast<std::size_t>(k)]);
      const std::complex<double> mirrored(
          out[static_cast<std::size_t>((2 * rows - k) % (2 * rows))]);
      eigenvalues[static_cast<std::size_t>(l * rows + k)] = static_cast<float>(
          symmetric ? value.real() : std::sqrt((std::norm(value) + std::norm(mirrored)) / 2));
    }
  }
  return eigenvalues;
}

}  // namespace

BlurSpectrum::BlurSpectrum(TransformKind kind, const Kernel& kernel, bool symmetric,
                           std::int64_t rows, std::int64_t columns)
    : transform_(kind, rows, columns),
      eigenvalues_(kind == TransformKind::fourier
                       ? circular_eigenvalues(transform_, kernel)
                       : mirrored_eigenvalues(rows, columns, kernel, symmetric)) {
  smallest_ = std::abs(std::complex<double>(eigenvalues_.front()));
  for (const PlaneTransform::Complex& value : eigenvalues_) {
    const double magnitude = std::abs(std::complex<double>(value));
    largest_ = std::max(largest_, magnitude);
    smallest_ = std::min(smallest_, magnitude);
  }
}

Tensor BlurSpectrum::solve(const Tensor& b, double lam) const {
  const double cut = kRankTolerance * kRankTolerance * largest_ * largest_;
  PlaneTransform::Plane filter(eigenvalues_.size());
  for (std::size_t k = 0; k < filter.size(); ++k) {
    const double gram = std::norm(std::complex<double>(eigenvalues_[k])) + lam;
    filter[k] = gram > cut ? static_cast<float>(1.0 / gram) : 0.0F;
  }
  return transform_.filter(b, filter);
}

Tensor BlurSpectrum::pseudo_inverse(const Tensor& y, double lam) const {
  const double cut = kRankTolerance * kRankTolerance * largest_ * largest_;
  PlaneTransform::Plane filter(eigenvalues_.size());
  for (std::size_t k = 0; k < filter.size(); ++k) {
    const std::complex<double> h(eigenvalues_[k]);
    const double gram = std::norm(h) + lam;
    filter[k] = gram > cut ? PlaneTransform::Complex(std::conj(h) / gram) : 0.0F;
  }
  return transform_.filter(y, filter);
}

std::unique_ptr<Spectral> BlurSpectrum::decomposition(const Shape& domain) const {
  return std::make_unique<PlaneSpectral>(domain, transform_.kind(), eigenvalues_, kRankTolerance);
}

}  // namespace modeseek
