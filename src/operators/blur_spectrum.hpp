#pragma once

#include <cstdint>
#include <memory>

#include "modeseek/spectral.hpp"
#include "modeseek/tensor.hpp"
#include "operators/kernel.hpp"
#include "operators/plane_transform.hpp"

namespace modeseek {

/// The eigenvalues of a convolution on rows x columns images, in the basis of a transform: exact
/// under a circular border (Fourier), or under a mirrored border with a symmetric kernel (cosine).
/// With another kernel the cosine eigenvalues are the root mean squares over the mirrored
/// frequencies, the best diagonal approximation of H^T H, good for preconditioning.
class BlurSpectrum {
 public:
  /// `symmetric`: is_symmetric of the kernel before it was wrapped; matters for cosine only.
  BlurSpectrum(TransformKind kind, const Kernel& kernel, bool symmetric, std::int64_t rows,
               std::int64_t columns);

  /// Largest and smallest magnitude of an eigenvalue.
  double largest() const noexcept { return largest_; }
  double smallest() const noexcept { return smallest_; }

  /// (H^T H + lam I)^-1 b
  Tensor solve(const Tensor& b, double lam) const;
  /// H^T (H H^T + lam I)^-1 y
  Tensor pseudo_inverse(const Tensor& y, double lam) const;
  /// The singular value decomposition, where the spectrum is exact, for images of this extent.
  std::unique_ptr<Spectral> decomposition(const Shape& domain) const;

 private:
  PlaneTransform transform_;
  PlaneTransform::Plane eigenvalues_;  ///< transposed layout of PlaneTransform
  double largest_ = 0;
  double smallest_ = 0;
};

}  // namespace modeseek
