#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/graph.hpp"

namespace modeseek::engine::reference {

/// A planar array in double: the slow twin's feature maps and vectors (one row, one column).
struct Array {
  Extent extent;
  std::vector<double> values;

  explicit Array(const Extent& e = {})
      : extent(e), values(static_cast<std::size_t>(e.count() > 0 ? e.count() : 0)) {}
  std::size_t index(std::int64_t c, std::int64_t y, std::int64_t x) const {
    return static_cast<std::size_t>((c * extent.height + y) * extent.width + x);
  }
  double& operator()(std::int64_t c, std::int64_t y, std::int64_t x) {
    return values[index(c, y, x)];
  }
  double operator()(std::int64_t c, std::int64_t y, std::int64_t x) const {
    return values[index(c, y, x)];
  }
  /// Zero outside the map.
  double padded(std::int64_t c, std::int64_t y, std::int64_t x) const {
    const bool inside = y >= 0 && y < extent.height && x >= 0 && x < extent.width;
    return inside ? (*this)(c, y, x) : 0.0;
  }
};

/// The slow twin of the engine: every operation by its definition, in double, without any reuse of
/// memory, vectors included.
class Twin {
 public:
  Twin(const Graph& graph, std::int64_t height, std::int64_t width);

  /// F(image); keeps every value for pullback.
  std::vector<double> forward(std::span<const float> image, std::span<const float> conditioning);
  /// F on an image in double, for finite differences.
  std::vector<double> forward(std::vector<double> image, std::span<const float> conditioning);
  /// J^T v at the last image, by the chain rule, operation by operation.
  std::vector<double> pullback(std::span<const float> v) const;

 private:
  const Graph& graph_;
  std::vector<Extent> extents_;
  std::vector<Array> values_;
};

/// One operation: its result.
Array apply(const OperationKind& kind, const std::vector<const Array*>& inputs,
            const Extent& extent);
/// One operation: adds its contribution to the gradients of its map inputs (those of vectors are
/// ignored by the caller).
void pull(const OperationKind& kind, const std::vector<const Array*>& inputs, const Array& gradient,
          const std::vector<Array*>& gradients);

}  // namespace modeseek::engine::reference
