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
  /// As the graph has them, or those of the convolution that is the transpose of one of stride 1:
  /// inputs and outputs swapped, kernels turned by half a turn.
  enum class Form { plain, transposed };

  /// One convolution's weights in one layout; `memory` is empty until it is first wanted.
  struct Packed {
    dnnl::memory::desc desc;
    Form form;
    std::size_t operation;
    dnnl::memory memory;
  };

  /// Moves the weights out of the graph.
  explicit WeightStore(Graph& graph);

  /// The convolution `v` in layout `desc`; takes no memory yet. The pointer stays valid as long as
  /// the store.
  Packed* request(Value v, Form form, const dnnl::memory::desc& desc);
  /// The weights themselves, packed at the first call.
  const dnnl::memory& get(Packed& packed);

 private:
  struct Entry {
    std::int64_t outputs = 0;
    std::int64_t inputs = 0;
    std::int64_t taps = 0;
    std::vector<float> plain;  ///< empty once a plain-form layout is packed
    dnnl::memory::desc plain_desc;
    dnnl::memory::desc transposed_desc;
    std::vector<std::unique_ptr<Packed>> layouts;
  };

  /// The weights as the graph had them, wherever they are now.
  static std::vector<float> unpacked(const Entry& entry);

  std::vector<Entry> entries_;  ///< one an operation; empty for other kinds
};

}  // namespace modeseek::engine::cpu
