#include "operators/plane_spectral.hpp"

#include <algorithm>
#include <cmath>

namespace modeseek {

PlaneSpectral::PlaneSpectral(const Shape& domain, TransformKind kind,
                             PlaneTransform::Plane eigenvalues, double rank_tolerance)
    : domain_(domain.with_samples(1)),
      transform_(kind, domain.h, domain.w),
      phases_(std::move(eigenvalues)),
      values_(domain_) {
  double largest = 0;
  for (const auto& value : phases_) {
    largest = std::max(largest, std::abs(std::complex<double>(value)));
  }
  for (std::size_t k = 0; k < phases_.size(); ++k) {
    const std::complex<double> value(phases_[k]);
    const double magnitude = std::abs(value);
    const bool measured = magnitude > rank_tolerance * largest;
    phases_[k] = measured ? PlaneTransform::Complex(std::conj(value) / magnitude) : 0.0F;
    for (std::int64_t c = 0; c < domain_.c; ++c) {
      values_.plane(0, c)[k] = measured ? static_cast<float>(magnitude) : 0.0F;
    }
  }
}

Tensor PlaneSpectral::to_modes(const Tensor& x) const {
  Tensor modes(x.shape());
  PlaneTransform::Plane plane(phases_.size());
  // A plane of modes is stored as it comes, columns x rows: packed as if it had rows columns.
  const Shape transposed{x.shape().n, x.shape().c, domain_.w, domain_.h};
  modes = std::move(modes).reshaped(transposed);
  for (std::int64_t n = 0; n < x.shape().n; ++n) {
    for (std::int64_t c = 0; c < x.shape().c; c += 2) {
      pack_planes(x, n, c, domain_.w, 0, 0, plane);
      transform_.forward(plane);
      spectrum_to_modes(plane);
      unpack_planes(plane, domain_.h, 0, 0, n, c, modes);
    }
  }
  return std::move(modes).reshaped(x.shape());
}

Tensor PlaneSpectral::from_modes(const Tensor& m) const {
  Tensor x(m.shape());
  PlaneTransform::Plane plane(phases_.size());
  const Shape transposed{m.shape().n, m.shape().c, domain_.w, domain_.h};
  const Tensor modes = Tensor(m).reshaped(transposed);
  for (std::int64_t n = 0; n < m.shape().n; ++n) {
    for (std::int64_t c = 0; c < m.shape().c; c += 2) {
      pack_planes(modes, n, c, domain_.h, 0, 0, plane);
      modes_to_spectrum(plane);
      transform_.inverse(plane);
      unpack_planes(plane, domain_.w, 0, 0, n, c, x);
    }
  }
  return x;
}

Tensor PlaneSpectral::measured_modes(const Tensor& y) const {
  Tensor modes = to_modes(transform_.filter(y, phases_));
  for (std::int64_t n = 0; n < modes.shape().n; ++n) {
    const auto sample = modes.sample(n);
    for (std::size_t k = 0; k < sample.size(); ++k) {
      if (values_.values()[k] == 0.0F) sample[k] = 0.0F;
    }
  }
  return modes;
}

void PlaneSpectral::spectrum_to_modes(PlaneTransform::Plane& plane) const {
  if (transform_.kind() == TransformKind::fourier) {
    // cos + sin = (1 + i)/2 exp(-i t) + (1 - i)/2 exp(i t)
    const float scale = 0.5F / std::sqrt(static_cast<float>(plane.size()));
    mix_mirrored(plane, {scale, scale}, {scale, -scale});
    return;
  }
  for (std::int64_t l = 0; l < domain_.w; ++l) {
    for (std::int64_t k = 0; k < domain_.h; ++k) {
      plane[static_cast<std::size_t>(l * domain_.h + k)] /= cosine_length(k, l);
    }
  }
}

void PlaneSpectral::modes_to_spectrum(PlaneTransform::Plane& plane) const {
  if (transform_.kind() == TransformKind::fourier) {
    const float scale = 0.5F * std::sqrt(static_cast<float>(plane.size()));
    mix_mirrored(plane, {scale, -scale}, {scale, scale});
    return;
  }
  for (std::int64_t l = 0; l < domain_.w; ++l) {
    for (std::int64_t k = 0; k < domain_.h; ++k) {
      plane[static_cast<std::size_t>(l * domain_.h + k)] *= cosine_length(k, l);
    }
  }
}

void PlaneSpectral::mix_mirrored(PlaneTransform::Plane& plane, PlaneTransform::Complex a,
                                 PlaneTransform::Complex b) const {
  for (std::int64_t l = 0; l < domain_.w; ++l) {
    for (std::int64_t k = 0; k < domain_.h; ++k) {
      const std::int64_t here = l * domain_.h + k;
      const std::int64_t mirrored =
          (domain_.w - l) % domain_.w * domain_.h + (domain_.h - k) % domain_.h;
      if (mirrored < here) continue;  // done with its partner
      PlaneTransform::Complex& first = plane[static_cast<std::size_t>(here)];
      PlaneTransform::Complex& second = plane[static_cast<std::size_t>(mirrored)];
      const PlaneTransform::Complex old = first;
      first = product(a, old) + product(b, second);
      if (mirrored != here) second = product(a, second) + product(b, old);
    }
  }
}

float PlaneSpectral::cosine_length(std::int64_t k, std::int64_t l) const {
  const double rows = static_cast<double>(domain_.h) / (k == 0 ? 1 : 2);
  const double columns = static_cast<double>(domain_.w) / (l == 0 ? 1 : 2);
  return static_cast<float>(std::sqrt(rows * columns));
}

}  // namespace modeseek
