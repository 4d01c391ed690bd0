#include "engine/cpu/weights.hpp"

#include <utility>

namespace modeseek::engine::cpu {

namespace {

/// [outputs, inputs, taps] -> [inputs, outputs, taps reversed]
std::vector<float> transposed(const std::vector<float>& plain, std::int64_t outputs,
                              std::int64_t inputs, std::int64_t taps) {
  std::vector<float> result(plain.size());
  for (std::int64_t o = 0; o < outputs; ++o)
    for (std::int64_t i = 0; i < inputs; ++i)
      for (std::int64_t t = 0; t < taps; ++t)
        result[static_cast<std::size_t>((i * outputs + o) * taps + taps - 1 - t)] =
            plain[static_cast<std::size_t>((o * inputs + i) * taps + t)];
  return result;
}

void copy(const dnnl::memory& source, const dnnl::memory& target) {
  dnnl::memory from = source;
  dnnl::memory to = target;
  dnnl::reorder(from, to).execute(stream(), from, to);
  stream().wait();
}

}  // namespace

WeightStore::WeightStore(Graph& graph) : entries_(graph.operations().size()) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto* conv = std::get_if<Conv>(&graph.operations()[i].kind);
    if (conv == nullptr) continue;
    Entry& entry = entries_[i];
    entry.outputs = conv->outputs;
    entry.inputs = conv->inputs;
    entry.taps = conv->kernel_h * conv->kernel_w;
    entry.plain_desc = plain_weights_desc(*conv);
    entry.transposed_desc = plain_weights_desc(transpose_of(*conv));
    entry.plain = graph.take_conv_weights({static_cast<std::int32_t>(i)});
  }
}

WeightStore::Packed* WeightStore::request(Value v, Form form, const dnnl::memory::desc& desc) {
  const auto operation = static_cast<std::size_t>(v.index);
  auto& layouts = entries_.at(operation).layouts;
  for (const auto& packed : layouts)
    if (packed->form == form && packed->desc == desc) return packed.get();
  layouts.push_back(std::make_unique<Packed>(Packed{desc, form, operation, {}}));
  return layouts.back().get();
}

std::vector<float> WeightStore::unpacked(const Entry& entry) {
  if (!entry.plain.empty()) return entry.plain;
  std::vector<float> plain(static_cast<std::size_t>(entry.outputs * entry.inputs * entry.taps));
  for (const auto& other : entry.layouts) {
    if (other->form != Form::plain || !other->memory) continue;
    copy(other->memory, view(entry.plain_desc, plain.data()));
    break;
  }
  return plain;
}

const dnnl::memory& WeightStore::get(Packed& packed) {
  if (packed.memory) return packed.memory;
  Entry& entry = entries_[packed.operation];
  dnnl::memory target(packed.desc, processor());
  std::vector<float> plain = unpacked(entry);
  if (packed.form == Form::plain) {
    copy(view(entry.plain_desc, plain.data()), target);
    entry.plain = std::vector<float>();  // "= {}" would keep the memory
  } else {
    plain = transposed(plain, entry.outputs, entry.inputs, entry.taps);
    copy(view(entry.transposed_desc, plain.data()), target);
  }
  packed.memory = std::move(target);
  return packed.memory;
}

}  // namespace modeseek::engine::cpu
