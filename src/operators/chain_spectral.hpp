#pragma once

#include <memory>
#include <vector>

#include "modeseek/operator.hpp"

namespace modeseek {

/// The singular value decomposition of H2 H1 where H1 H1^T = c I: with the orthonormal rows
/// R = H1 / sqrt(c) and H2 = U S V^T, H2 H1 = U (sqrt(c) S) (V^T R). The modes that H1 measures are
/// therefore V^T R x, stored where H1's own decomposition has its measured modes, in their order;
/// those of its null space stay as they are.
class ChainSpectral final : public Spectral {
 public:
  /// `row_gram` is c, `inner` H1's decomposition and `outer` H2's.
  ChainSpectral(std::shared_ptr<const Operator> first, double row_gram,
                std::unique_ptr<Spectral> inner, std::unique_ptr<Spectral> outer);

  const Tensor& singular_values() const override { return values_; }
  Tensor to_modes(const Tensor& x) const override;
  Tensor from_modes(const Tensor& m) const override;
  Tensor measured_modes(const Tensor& y) const override;

 private:
  /// Writes modes of H2 to their places in modes of the chain.
  void place(const Tensor& outer_modes, Tensor& modes) const;

  std::shared_ptr<const Operator> first_;
  float scale_;  ///< 1 / sqrt(c)
  std::unique_ptr<Spectral> inner_;
  std::unique_ptr<Spectral> outer_;
  std::vector<std::size_t> places_;  ///< of H1's measured modes
  Tensor values_;
};

}  // namespace modeseek
