#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "modeseek/tensor.hpp"

namespace modeseek {

namespace metrics {
class LpipsNetwork;
}

/// Learned perceptual distance of two pictures: LPIPS version 0.1 of Zhang, Isola, Efros,
/// Shechtman, Wang, "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric",
/// CVPR 2018, on AlexNet or VGG16. Lower is closer; 0 for equal pictures. Agrees with the lpips
/// package for the same weights. Not thread-safe.
class Lpips {
 public:
  /// Reads the weights, AlexNet's or VGG16's as the file tells: the state dict of the package's
  /// lpips.LPIPS, as a PyTorch file or as `modeseek convert` writes it. Throws FileError.
  explicit Lpips(const std::string& path);
  ~Lpips();
  Lpips(Lpips&&) noexcept;
  Lpips& operator=(Lpips&&) noexcept;

  /// a and b: [N,C,H,W] in [-1, 1], equal shapes, RGB or grey (which is repeated); the mean over
  /// the samples. Throws InvalidArgument for shapes that differ or do not fit and
  /// where the distance is not finite, OutOfMemory.
  double operator()(const Tensor& a, const Tensor& b);

  /// Throws InvalidArgument when pictures of this extent cannot be compared: neither RGB nor grey,
  /// or too small for the network.
  void check(const Shape& shape) const;
  /// Memory that a comparison of pictures of this extent takes, the pictures themselves apart.
  /// Throws as check.
  std::uint64_t memory_bytes(const Shape& shape);

 private:
  std::unique_ptr<metrics::LpipsNetwork> network_;
};

}  // namespace modeseek
