#pragma once

#include <cstdint>

#include "operators/plane_transform.hpp"

namespace modeseek {

/// The orthonormal centred Fourier transform of an image, X(k) = 1/sqrt(hw) sum_j x(j)
/// exp(-2 pi i (j - c)(k - c) / n) on both axes with c = floor(n / 2): the zero frequency is in the
/// middle (`fftshift(fft2(ifftshift(x), norm="ortho"))` in NumPy). Planes are row-major, h x w.
class CentredFourier {
 public:
  using Plane = PlaneTransform::Plane;

  CentredFourier(std::int64_t h, std::int64_t w);

  std::int64_t h() const noexcept { return transform_.rows(); }
  std::int64_t w() const noexcept { return transform_.columns(); }

  Plane forward(const Plane& image) const;
  /// The inverse, which is the adjoint.
  Plane inverse(const Plane& spectrum) const;

  /// Index of the frequency opposite to that with index i.
  std::size_t opposite(std::size_t i) const;

 private:
  PlaneTransform transform_;
};

}  // namespace modeseek
