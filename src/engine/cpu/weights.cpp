#include "engine/cpu/weights.hpp"

#include <fmt/format.h>

#include <cstring>
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

/// Inputs and outputs swapped, kernels turned by half a turn, tap by tap. oneDNN does not write all
/// of the padding of `target` then.
void copy_transposed(const dnnl::memory& source, const dnnl::memory& target,
                     const KernelSize& size) {
  const WeightTaps from(source, size);
  const WeightTaps to(target, {size.inputs, size.outputs, size.height, size.width});
  if (to.padded()) std::memset(target.get_data_handle(), 0, target.get_desc().get_size());
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
  const auto make = [&] { return std::make_shared<Packed>(Packed{desc, form, operation, {}}); };
  if (form == Form::plain) {
    for (const auto& packed : entry.layouts)
      if (packed->desc == desc) return packed;
    return entry.layouts.emplace_back(make());
  }
  std::erase_if(entry.transposed_layouts, [](const auto& unused) { return unused.expired(); });
  for (const auto& weak : entry.transposed_layouts)
    if (auto packed = weak.lock(); packed->desc == desc) return packed;
  auto packed = make();
  entry.transposed_layouts.push_back(packed);
  return packed;
}

dnnl::memory WeightStore::source_of(Entry& entry) {
  for (const auto& packed : entry.layouts)
    if (packed->memory) return packed->memory;
  std::vector<float>& values = entry.plain.values;
  if (values.empty()) values = entry.plain.load();
  if (values.size() * sizeof(float) != entry.plain_desc.get_size())
    throw Error(fmt::format("weights of a convolution: expected {} numbers, found {}",
                            entry.plain_desc.get_size() / sizeof(float), values.size()));
  return view(entry.plain_desc, values.data());
}

const dnnl::memory& WeightStore::get(Packed& packed) {
  if (packed.memory) return packed.memory;
  Entry& entry = entries_[packed.operation];
  dnnl::memory target(packed.desc, processor());
  if (packed.form == Form::plain) {
    copy(source_of(entry), target);
    entry.plain = ConvWeights();
  } else {
    copy_transposed(source_of(entry), target, entry.size);
  }
  packed.memory = std::move(target);
  return packed.memory;
}

void WeightStore::transpose(Packed& plain, const dnnl::memory& target) {
  copy_transposed(get(plain), target, entries_[plain.operation].size);
}

std::uint64_t WeightStore::bytes() const {
  const auto packed_bytes = [](const std::shared_ptr<Packed>& packed) {
    return packed && packed->memory ? packed->desc.get_size() : 0;
  };
  std::uint64_t sum = 0;
  for (const Entry& entry : entries_) {
    sum += entry.plain.values.size() * sizeof(float);
    for (const auto& packed : entry.layouts) sum += packed_bytes(packed);
    for (const auto& packed : entry.transposed_layouts) sum += packed_bytes(packed.lock());
  }
  return sum;
}

}  // namespace modeseek::engine::cpu
