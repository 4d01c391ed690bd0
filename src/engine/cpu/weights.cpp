#include "engine/cpu/weights.hpp"

#include <fmt/format.h>

#include <utility>

#include "modeseek/error.hpp"

namespace modeseek::engine::cpu {

namespace {

void copy(const dnnl::memory& source, const dnnl::memory& target) {
  dnnl::memory from = source;
  dnnl::memory to = target;
  dnnl::reorder(from, to).execute(stream(), from, to);
  stream().wait();
}

/// Inputs and outputs swapped, kernels turned by half a turn, tap by tap.
void copy_transposed(const dnnl::memory& source, const dnnl::memory& target,
                     const KernelSize& size) {
  const WeightTaps from(source, size);
  const WeightTaps to(target, {size.inputs, size.outputs, size.height, size.width});
  const dnnl::reorder reorder({processor(), from.transposed_desc(), processor(), to.desc()});
  for (std::int64_t h = 0; h < size.height; ++h)
    for (std::int64_t w = 0; w < size.width; ++w) {
      dnnl::memory tap = view(from.transposed_desc(), from.begin(h, w));
      dnnl::memory result = view(to.desc(), to.begin(size.height - 1 - h, size.width - 1 - w));
      reorder.execute(stream(), tap, result);
    }
  stream().wait();
}

}  // namespace

WeightStore::WeightStore(Graph& graph) : entries_(graph.operations().size()) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto* conv = std::get_if<Conv>(&graph.operations()[i].kind);
    if (conv == nullptr) continue;
    Entry& entry = entries_[i];
    entry.size = {conv->outputs, conv->inputs, conv->kernel_h, conv->kernel_w};
    entry.plain_desc = plain_weights_desc(*conv);
    entry.plain = graph.take_conv_weights({static_cast<std::int32_t>(i)});
  }
}

std::shared_ptr<WeightStore::Packed> WeightStore::request(Value v, Form form,
                                                          const dnnl::memory::desc& desc) {
  const auto operation = static_cast<std::size_t>(v.index);
  Entry& entry = entries_.at(operation);
  std::erase_if(entry.layouts, [](const auto& layout) { return layout.expired(); });
  for (const auto& layout : entry.layouts)
    if (auto packed = layout.lock(); packed->form == form && packed->desc == desc) return packed;
  auto packed = std::make_shared<Packed>(Packed{desc, form, operation, {}});
  entry.layouts.push_back(packed);
  return packed;
}

dnnl::memory WeightStore::source_of(Entry& entry) {
  if (entry.last_plain) return entry.last_plain->memory;
  std::vector<float>& values = entry.plain.values;
  if (values.empty()) values = entry.plain.load();
  if (values.size() * sizeof(float) != entry.plain_desc.get_size())
    throw Error(fmt::format("weights of a convolution: expected {} numbers, found {}",
                            entry.plain_desc.get_size() / sizeof(float), values.size()));
  return view(entry.plain_desc, values.data());
}

const dnnl::memory& WeightStore::get(const std::shared_ptr<Packed>& packed) {
  if (packed->memory) return packed->memory;
  Entry& entry = entries_[packed->operation];
  dnnl::memory target(packed->desc, processor());
  if (packed->form == Form::transposed) {
    copy_transposed(source_of(entry), target, entry.size);
    packed->memory = std::move(target);
  } else {
    copy(source_of(entry), target);
    packed->memory = std::move(target);
    entry.plain = ConvWeights();
    entry.last_plain = packed;
  }
  return packed->memory;
}

void WeightStore::transpose(const std::shared_ptr<Packed>& plain, const dnnl::memory& target) {
  copy_transposed(get(plain), target, entries_[plain->operation].size);
}

}  // namespace modeseek::engine::cpu
