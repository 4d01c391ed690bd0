#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/cpu/onednn.hpp"
#include "engine/graph.hpp"

namespace modeseek::engine::cpu {

/// The weights of a graph's convolutions, in the layouts that oneDNN asks for. A layout is made
/// once and shared by all programs, and lives as long as one that uses it. Of the plain form what
/// was packed last stays, from which all others are made; what the graph had is dropped then.
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

  /// The convolution `v` in layout `desc`; takes no memory yet.
  std::shared_ptr<Packed> request(Value v, Form form, const dnnl::memory::desc& desc);
  /// The weights themselves, packed at the first call.
  const dnnl::memory& get(const std::shared_ptr<Packed>& packed);
  /// The same weights in the transposed form, written to `target`: for who would rather make them
  /// each time than keep them.
  void transpose(const std::shared_ptr<Packed>& plain, const dnnl::memory& target);

 private:
  struct Entry {
    KernelSize size;
    ConvWeights plain;  ///< gone once a layout of the plain form is packed
    dnnl::memory::desc plain_desc;
    std::shared_ptr<const Packed> last_plain;
    std::vector<std::weak_ptr<Packed>> layouts;
  };

  /// The weights in plain form, wherever they are now.
  static dnnl::memory source_of(Entry& entry);

  std::vector<Entry> entries_;  ///< one an operation; empty for other kinds
};

}  // namespace modeseek::engine::cpu
