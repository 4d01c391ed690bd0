#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "modeseek/spectral.hpp"

namespace modeseek {

/// The singular value decomposition of a measurement that splits the unknown into groups of equal
/// size and takes one number a group, gain * (direction . group) with the same unit direction for
/// all. V is a Householder reflection in each group: its first vector is the direction, whose mode
/// is stored at the group's first entry; the others span the null space.
class GroupSpectral final : public Spectral {
 public:
  /// Where the entries of a group are: `entry(g, i)` is the index, within one sample of the domain,
  /// of entry i of group g. Measurement g is entry g of the range.
  struct Groups {
    std::int64_t count = 0;
    std::function<std::int64_t(std::int64_t, std::int64_t)> entry;
  };

  /// `direction` has unit length; gain > 0.
  GroupSpectral(const Shape& domain, Groups groups, const std::vector<double>& direction,
                double gain);

  const Tensor& singular_values() const override { return values_; }
  Tensor to_modes(const Tensor& x) const override { return reflected(x); }
  Tensor from_modes(const Tensor& m) const override { return reflected(m); }
  Tensor measured_modes(const Tensor& y) const override;

 private:
  Tensor reflected(Tensor x) const;

  Shape domain_;
  Groups groups_;
  std::vector<double> normal_;  ///< V = I - normal normal^T; all zero when V = I
  Tensor values_;
};

}  // namespace modeseek
