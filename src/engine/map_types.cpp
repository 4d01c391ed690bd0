#include "engine/map_types.hpp"

#include <algorithm>

namespace modeseek::engine {
namespace {

const Operation& operation(const Graph& graph, Value v) {
  return graph.operations()[static_cast<std::size_t>(v.index)];
}

std::ptrdiff_t uses(const Graph& graph, Value v) {
  std::ptrdiff_t count = 0;
  for (const Operation& op : graph.operations()) count += std::ranges::count(op.inputs, v);
  return count;
}

bool rearranges(const OperationKind& kind) {
  return std::holds_alternative<DepthToSpace>(kind) || std::holds_alternative<Slice>(kind) ||
         std::holds_alternative<Scale>(kind);
}

bool normalises(const OperationKind& kind) {
  return std::holds_alternative<GroupNorm>(kind) || std::holds_alternative<RmsNorm>(kind);
}

/// The operations of the last layer, from the output to the normalisation; empty when the graph
/// does not end in one.
std::vector<Value> last_layer(const Graph& graph) {
  std::vector<Value> layer{graph.output()};
  const auto step_back = [&] { layer.push_back(operation(graph, layer.back()).inputs[0]); };
  while (rearranges(operation(graph, layer.back()).kind)) step_back();
  const Operation& conv = operation(graph, layer.back());
  if (!std::holds_alternative<Conv>(conv.kind) || conv.inputs.size() != 1) return {};
  step_back();
  if (!normalises(operation(graph, layer.back()).kind)) return {};
  const bool alone = std::ranges::all_of(
      layer, [&](Value v) { return uses(graph, v) == (v == graph.output() ? 0 : 1); });
  return alone ? layer : std::vector<Value>{};
}

}  // namespace

std::vector<NumberType> map_types(const Graph& graph, NumberType type) {
  std::vector<NumberType> types(graph.operations().size(), type);
  if (type == NumberType::float32) return types;
  for (const Value v : last_layer(graph))
    types[static_cast<std::size_t>(v.index)] = NumberType::float32;
  return types;
}

}  // namespace modeseek::engine
