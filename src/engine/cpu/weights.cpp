#include "engine/cpu/weights.hpp"

#include <utility>

namespace modeseek::engine::cpu {

WeightStore::WeightStore(Graph& graph) : entries_(graph.operations().size()) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto* conv = std::get_if<Conv>(&graph.operations()[i].kind);
    if (conv == nullptr) continue;
    entries_[i].plain_desc = plain_weights_desc(*conv);
    entries_[i].plain = graph.take_conv_weights({static_cast<std::int32_t>(i)});
  }
}

WeightStore::Packed* WeightStore::request(Value v, const dnnl::memory::desc& desc) {
  const auto operation = static_cast<std::size_t>(v.index);
  auto& layouts = entries_.at(operation).layouts;
  for (const auto& packed : layouts)
    if (packed->desc == desc) return packed.get();
  layouts.push_back(std::make_unique<Packed>(Packed{desc, {}, operation}));
  return layouts.back().get();
}

const dnnl::memory& WeightStore::get(Packed& packed) {
  if (packed.memory) return packed.memory;
  Entry& entry = entries_[packed.operation];
  dnnl::memory source;
  if (!entry.plain.empty())
    source = view(entry.plain_desc, entry.plain.data());
  else
    for (const auto& other : entry.layouts)
      if (other->memory) source = other->memory;
  dnnl::memory target(packed.desc, processor());
  dnnl::reorder(source, target).execute(stream(), source, target);
  stream().wait();
  packed.memory = std::move(target);
  entry.plain = {};
  return packed.memory;
}

}  // namespace modeseek::engine::cpu
