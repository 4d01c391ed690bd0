#pragma once

#include <cstdint>
#include <optional>

#include "modeseek/tensor.hpp"
#include "operators/kernel.hpp"
#include "operators/plane_transform.hpp"

namespace modeseek {

/// The convolution that uses nothing beyond its input: [h, w] -> [h - kh + 1, w - kw + 1],
/// out(i, j) = sum_{a,b} k(a, b) in(i + kh - 1 - a, j + kw - 1 - b), every plane alike. Every blur
/// is a border rule followed by this.
class ValidConvolution {
 public:
  /// Kernels with more taps than this are applied by Fourier transform.
  static constexpr std::int64_t kDirectTaps = 144;

  /// For inputs of h x w. Throws InvalidArgument when the kernel is larger than that.
  ValidConvolution(const Kernel& kernel, std::int64_t h, std::int64_t w,
                   std::int64_t direct_taps = kDirectTaps);

  Tensor apply(const Tensor& x) const;
  Tensor adjoint(const Tensor& y) const;

 private:
  Tensor direct_apply(const Tensor& x) const;
  Tensor direct_adjoint(const Tensor& y) const;
  Tensor fourier_apply(const Tensor& x) const;
  Tensor fourier_adjoint(const Tensor& y) const;

  std::int64_t h_;
  std::int64_t w_;
  std::int64_t kh_;
  std::int64_t kw_;
  std::vector<float> flipped_;  ///< the taps, last first
  std::optional<PlaneTransform> transform_;
  PlaneTransform::Plane spectrum_;
};

}  // namespace modeseek
