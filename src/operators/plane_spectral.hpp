#pragma once

#include <vector>

#include "modeseek/spectral.hpp"
#include "operators/plane_transform.hpp"

namespace modeseek {

/// The singular value decomposition of a convolution that a plane transform diagonalises. V is the
/// orthonormal cosine transform, or, for the Fourier transform, its real counterpart, the Hartley
/// transform X_k -> Re X_k - Im X_k (Bracewell, 1983); U = V after the eigenvalues' phases.
/// Modes lie in the transposed layout of PlaneTransform.
class PlaneSpectral final : public Spectral {
 public:
  /// `eigenvalues` in the transposed layout, every channel alike. Singular values below
  /// `rank_tolerance` times the largest count as zero.
  PlaneSpectral(const Shape& domain, TransformKind kind, PlaneTransform::Plane eigenvalues,
                double rank_tolerance);

  const Tensor& singular_values() const override { return values_; }
  Tensor to_modes(const Tensor& x) const override;
  Tensor from_modes(const Tensor& m) const override;
  Tensor measured_modes(const Tensor& y) const override;

 private:
  /// Between the transform of a real plane and its orthonormal modes, over the complex numbers.
  void spectrum_to_modes(PlaneTransform::Plane& plane) const;
  void modes_to_spectrum(PlaneTransform::Plane& plane) const;
  /// plane[k] <- a plane[k] + b plane[-k]
  void mix_mirrored(PlaneTransform::Plane& plane, PlaneTransform::Complex a,
                    PlaneTransform::Complex b) const;
  /// Lengths of the cosine transform's unnormalised vectors.
  float cosine_length(std::int64_t k, std::int64_t l) const;

  Shape domain_;
  PlaneTransform transform_;
  PlaneTransform::Plane phases_;  ///< conj(eigenvalue) / |eigenvalue|, 0 where it counts as zero
  Tensor values_;
};

}  // namespace modeseek
