#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "engine/cpu/step.hpp"
#include "engine/graph.hpp"

namespace modeseek::engine::cpu {

/// The vector part of a graph (noise-level embeddings), evaluated once for each conditioning: a
/// solver works at one noise level for several steps.
class VectorCache {
 public:
  explicit VectorCache(const Graph& graph) : graph_(&graph) {}

  /// All vectors at this conditioning; evaluated, or found among the last few. Throws
  /// InvalidArgument when the length does not fit.
  std::shared_ptr<const Vectors> at(std::span<const float> conditioning);

  /// Bytes of one set of vectors.
  std::uint64_t bytes() const;

 private:
  using Entry = std::pair<std::vector<float>, std::shared_ptr<const Vectors>>;
  static constexpr std::size_t capacity = 8;

  const Graph* graph_;
  std::list<Entry> recent_;  ///< most recent first
};

}  // namespace modeseek::engine::cpu
