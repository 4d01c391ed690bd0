#pragma once

#include <utility>

#include "modeseek/spectral.hpp"

namespace modeseek {

/// The singular value decomposition of a measurement that keeps entries of the unknown: the modes
/// are the entries themselves, with singular value 1 where kept and 0 elsewhere.
class EntrySpectral final : public Spectral {
 public:
  /// `kept` [1, domain] holds ones and zeros; the range has the domain's shape.
  explicit EntrySpectral(Tensor kept) : kept_(std::move(kept)) {}

  const Tensor& singular_values() const override { return kept_; }
  Tensor to_modes(const Tensor& x) const override { return x; }
  Tensor from_modes(const Tensor& m) const override { return m; }
  Tensor measured_modes(const Tensor& y) const override {
    Tensor modes(y);
    for (std::int64_t n = 0; n < modes.shape().n; ++n) {
      const auto sample = modes.sample(n);
      for (std::size_t k = 0; k < sample.size(); ++k) {
        if (kept_.values()[k] == 0.0F) sample[k] = 0.0F;
      }
    }
    return modes;
  }

 private:
  Tensor kept_;
};

}  // namespace modeseek
