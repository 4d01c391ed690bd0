#include "engine/receptive_field.hpp"

#include <algorithm>
#include <vector>

namespace modeseek::engine {
namespace {

/// Pixel i of a map, in either direction, depends on the input's pixels scale i - before ...
/// scale i + scale - 1 + after.
struct Reach {
  std::int64_t scale = 1;
  std::int64_t before = 0;
  std::int64_t after = 0;
};

/// Output i reads the inputs stride i - padding ... stride i - padding + taps - 1.
Reach through_window(Reach r, std::int64_t stride, std::int64_t taps, std::int64_t padding) {
  return {stride * r.scale, r.before + r.scale * padding,
          std::max<std::int64_t>(0, r.after + r.scale * (taps - padding - stride))};
}

/// Output j reads the inputs i with 0 <= j + padding - 2 i < taps.
Reach through_spread(Reach r, std::int64_t taps, std::int64_t padding) {
  const std::int64_t half = r.scale / 2;
  return {half, r.before + half * (taps - 1 - padding), r.after + half * (padding + 1)};
}

Reach widest(Reach a, const Reach& b) {
  return {a.scale, std::max(a.before, b.before), std::max(a.after, b.after)};
}

Reach through_conv(const Conv& conv, const Reach& r) {
  return widest(through_window(r, conv.stride, conv.kernel_h, conv.padding.top),
                through_window(r, conv.stride, conv.kernel_w, conv.padding.left));
}

/// The map that an operation makes of maps with these reaches; its first input decides the scale.
Reach through(const OperationKind& kind, const std::vector<Reach>& inputs) {
  if (inputs.empty()) return {};
  Reach r = inputs[0];
  if (const auto* conv = std::get_if<Conv>(&kind)) r = through_conv(*conv, r);
  if (const auto* fir = std::get_if<FirDown>(&kind))
    r = through_window(r, 2, static_cast<std::int64_t>(fir->filter.taps.size()),
                       fir->filter.pad_before);
  if (const auto* fir = std::get_if<FirUp>(&kind))
    r = through_spread(r, static_cast<std::int64_t>(fir->filter.taps.size()),
                       fir->filter.pad_before);
  if (const auto* pool = std::get_if<Pool>(&kind))
    r = through_window(r, pool->stride, pool->size, pool->padding);
  if (std::holds_alternative<SpaceToDepth>(kind)) r = through_window(r, 2, 2, 0);
  if (std::holds_alternative<DepthToSpace>(kind)) r = through_spread(r, 2, 0);
  for (std::size_t i = 1; i < inputs.size(); ++i) r = widest(r, inputs[i]);
  return r;
}

bool sees_everything(const OperationKind& kind) {
  return std::holds_alternative<GroupNorm>(kind) || std::holds_alternative<Attention>(kind);
}

}  // namespace

std::optional<std::int64_t> receptive_radius(const Graph& graph) {
  std::vector<Reach> reaches;
  for (const Operation& operation : graph.operations()) {
    if (sees_everything(operation.kind)) return std::nullopt;
    std::vector<Reach> inputs;
    for (const Value v : operation.inputs)
      if (!graph.operations()[static_cast<std::size_t>(v.index)].extent.is_vector)
        inputs.push_back(reaches[static_cast<std::size_t>(v.index)]);
    reaches.push_back(through(operation.kind, inputs));
  }
  const Reach& output = reaches.at(static_cast<std::size_t>(graph.output().index));
  return std::max(output.before, output.after);
}

}  // namespace modeseek::engine
