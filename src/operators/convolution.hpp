#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "modeseek/tensor.hpp"
#include "operators/border.hpp"
#include "operators/kernel.hpp"
#include "operators/plane_transform.hpp"

namespace modeseek {

/// The convolution that uses nothing beyond its input: [h, w] -> [h - kh + 1, w - kw + 1],
/// out(i, j) = sum_{a,b} k(a, b) in(i + kh - 1 - a, j + kw - 1 - b), every plane alike. Every blur
/// is a border rule followed by this.
class ValidConvolution {
 public:
  /// A tap that is not zero, and where in the input it starts to read.
  struct Tap {
    std::int64_t row = 0;
    std::int64_t column = 0;
    float value = 0;
  };

  /// Kernels with more taps that are not zero are applied by Fourier transform.
  static constexpr std::int64_t kDirectTaps = 256;

  /// For inputs of h x w. Throws InvalidArgument when the kernel is larger than that.
  ValidConvolution(const Kernel& kernel, std::int64_t h, std::int64_t w,
                   std::int64_t direct_taps = kDirectTaps);

  Tensor apply(const Tensor& x) const;
  Tensor adjoint(const Tensor& y) const;

 private:
  Tensor direct(const Tensor& x, std::span<const Tap> taps) const;
  Tensor fourier_apply(const Tensor& x) const;
  Tensor fourier_adjoint(const Tensor& y) const;

  std::int64_t h_;
  std::int64_t w_;
  std::int64_t kh_;
  std::int64_t kw_;
  // Without a transform:
  std::vector<Tap> taps_;          ///< last first
  std::vector<Tap> adjoint_taps_;  ///< first first
  Border surroundings_;            ///< zeros around y, as far as the adjoint reaches
  // With one:
  std::optional<PlaneTransform> transform_;
  PlaneTransform::Plane spectrum_;
};

}  // namespace modeseek
