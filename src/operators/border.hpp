#pragma once

#include <cstdint>
#include <vector>

#include "modeseek/tensor.hpp"
#include "operators/operators.hpp"

namespace modeseek {

/// Extends images beyond their border by a rule, and the adjoint of that.
class Border {
 public:
  /// Adds `before` and `after` entries on the axes of an h x w image; nothing for Boundary::valid.
  Border(Boundary rule, std::int64_t h, std::int64_t w, std::int64_t before_y, std::int64_t after_y,
         std::int64_t before_x, std::int64_t after_x);

  std::int64_t extended_h() const { return static_cast<std::int64_t>(rows_.size()); }
  std::int64_t extended_w() const { return static_cast<std::int64_t>(columns_.size()); }

  Tensor extend(const Tensor& x) const;
  /// Adds every extended entry to the image entry that it was copied from.
  Tensor fold(const Tensor& extended) const;

 private:
  std::int64_t h_;
  std::int64_t w_;
  std::vector<std::int64_t> rows_;  ///< index of the source row, -1 for zero
  std::vector<std::int64_t> columns_;
};

}  // namespace modeseek
