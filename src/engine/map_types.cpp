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

/// Makes an image of an image: has one map input and rounds to the type of that.
bool reshapes(const OperationKind& kind) {
  return std::holds_alternative<DepthToSpace>(kind) || std::holds_alternative<Slice>(kind) ||
         std::holds_alternative<Scale>(kind) || std::holds_alternative<FirUp>(kind);
}

bool normalises(const OperationKind& kind) {
  return std::holds_alternative<GroupNorm>(kind) || std::holds_alternative<RmsNorm>(kind);
}

/// The operations that make the output from normalised maps: from the output back to a convolution
/// and its normalisation, and on from what that convolution adds to. Empty when the graph does not
/// end so.
std::vector<Value> path_of_images(const Graph& graph) {
  std::vector<Value> path;
  Value image = graph.output();
  while (image.valid()) {
    path.push_back(image);
    const Operation& op = operation(graph, image);
    if (reshapes(op.kind)) {
      image = op.inputs[0];
      continue;
    }
    if (!std::holds_alternative<Conv>(op.kind)) return {};
    path.push_back(op.inputs[0]);
    if (!normalises(operation(graph, op.inputs[0]).kind)) return {};
    image = op.inputs.size() == 2 ? op.inputs[1] : Value{};
  }
  return path;
}

/// The operations of the last layer; empty when other operations read their maps, too.
std::vector<Value> last_layer(const Graph& graph) {
  std::vector<Value> layer = path_of_images(graph);
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
