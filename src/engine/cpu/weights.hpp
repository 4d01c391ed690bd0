#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "engine/cpu/onednn.hpp"
#include "engine/graph.hpp"

namespace modeseek::engine::cpu {

/// The weights of a graph's convolutions, in the layouts that oneDNN asks for. A layout is made
/// once and shared by all programs; the plain form is dropped as soon as another exists.
class WeightStore {
 public:
  /// One convolution's weights in one layout; `memory` is empty until it is first wanted.
  struct Packed {
    dnnl::memory::desc desc;
    dnnl::memory memory;
    std::size_t operation;
  };

  /// Moves the weights out of the graph.
  explicit WeightStore(Graph& graph);

  /// The convolution `v` in layout `desc`; takes no memory yet. The pointer stays valid as long as
  /// the store.
  Packed* request(Value v, const dnnl::memory::desc& desc);
  /// The weights themselves, packed at the first call.
  const dnnl::memory& get(Packed& packed);

 private:
  struct Entry {
    std::vector<float> plain;
    dnnl::memory::desc plain_desc;
    std::vector<std::unique_ptr<Packed>> layouts;
  };

  std::vector<Entry> entries_;  ///< one an operation; empty for other kinds
};

}  // namespace modeseek::engine::cpu
