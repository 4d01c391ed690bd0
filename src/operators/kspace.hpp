#pragma once

#include <cstdint>
#include <vector>

#include "modeseek/tensor.hpp"
#include "operators/centred_fourier.hpp"

namespace modeseek {

/// How images and their k-spaces lie in tensors. An image with two channels is one complex image
/// (real part, imaginary part); one with any other number of channels is that many real images.
/// A k-space takes two channels (real part, imaginary part); those of one image's coils follow each
/// other.
class KspaceLayout {
 public:
  KspaceLayout(const Shape& domain, std::int64_t coils)
      : complex_(domain.c == 2),
        images_(complex_ ? 1 : domain.c),
        coils_(coils),
        range_{1, 2 * coils * images_, domain.h, domain.w} {}

  bool complex() const noexcept { return complex_; }
  std::int64_t images() const noexcept { return images_; }
  std::int64_t coils() const noexcept { return coils_; }
  const Shape& range() const noexcept { return range_; }

  CentredFourier::Plane image(const Tensor& x, std::int64_t n, std::int64_t i) const {
    return complex_ ? pair(x, n, 0) : real(x, n, i);
  }
  CentredFourier::Plane kspace(const Tensor& y, std::int64_t n, std::int64_t i,
                               std::int64_t coil) const {
    return pair(y, n, 2 * (i * coils_ + coil));
  }
  /// The imaginary part of a real image's plane is dropped.
  void store_image(const CentredFourier::Plane& plane, Tensor& x, std::int64_t n,
                   std::int64_t i) const;
  void store_kspace(const CentredFourier::Plane& plane, Tensor& y, std::int64_t n, std::int64_t i,
                    std::int64_t coil) const;

 private:
  static CentredFourier::Plane pair(const Tensor& t, std::int64_t n, std::int64_t channel);
  static CentredFourier::Plane real(const Tensor& t, std::int64_t n, std::int64_t channel);

  bool complex_;
  std::int64_t images_;
  std::int64_t coils_;
  Shape range_;
};

/// The sampled frequencies of a centred k-space, row-major, 1 sampled, 0 not. Throws
/// InvalidArgument unless `keep` is [1,1,h,w] and keeps something.
std::vector<unsigned char> kspace_samples(const Tensor& keep, const Shape& domain);

}  // namespace modeseek
