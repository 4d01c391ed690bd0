#pragma once

#include "modeseek/tensor.hpp"

namespace modeseek {

/// The singular value decomposition H = U S V^T of a measurement, as transforms. There are as many
/// modes as the domain has entries; those in the null space have the singular value 0. Mode tensors
/// have the domain's shape (with N samples); which entry holds which mode is the operator's own
/// business. V is orthonormal and square, so white noise stays white noise.
class Spectral {
 public:
  virtual ~Spectral() = default;
  /// Singular values, non-negative, [1, domain].
  virtual const Tensor& singular_values() const = 0;
  /// V^T x for x [N, domain].
  virtual Tensor to_modes(const Tensor& x) const = 0;
  /// V m for m [N, domain].
  virtual Tensor from_modes(const Tensor& m) const = 0;
  /// U^T y for y [N, range], 0 where the singular value is 0: equals S V^T x for y = H x.
  virtual Tensor measured_modes(const Tensor& y) const = 0;
};

}  // namespace modeseek
