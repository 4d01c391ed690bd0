#pragma once

#include <memory>
#include <vector>

#include "modeseek/operator.hpp"

namespace modeseek {

/// A measurement in the modes of its operator H = U S V^T: y = U (S m + noise) for x = V m, each
/// mode a problem of one number. Mode tensors have the shape of the unknown.
class ModalMeasurement {
 public:
  /// Singular values up to `threshold` times the largest count as zero: what the authors of DDRM
  /// and DDNM do (0.03) where H hardly passes a mode. Throws NotApplicable, in the solver's name.
  ModalMeasurement(const char* solver, const Operator& op, const Tensor& y, float threshold);

  Tensor to_modes(const Tensor& x) const { return modes_->to_modes(x); }
  Tensor from_modes(const Tensor& m) const { return modes_->from_modes(m); }

  /// The singular value h of mode k, 0 when it is not measured.
  float value(std::size_t k) const { return values_[k]; }
  std::size_t modes() const { return values_.size(); }
  /// U^T y / h, 0 where h = 0: the modes as measured, with noise of standard deviation sy / h.
  const Tensor& measured() const { return measured_; }

 private:
  std::unique_ptr<Spectral> modes_;
  std::vector<float> values_;
  Tensor measured_;
};

}  // namespace modeseek
