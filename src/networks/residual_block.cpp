#include "networks/residual_block.hpp"

#include <numeric>
#include <utility>

namespace modeseek::networks {

using engine::Activation;
using engine::Value;

Resampler::Resampler(std::vector<double> taps) : taps_(std::move(taps)) {
  const double sum = std::accumulate(taps_.begin(), taps_.end(), 0.0);
  for (double& tap : taps_) tap /= sum;
}

std::int64_t Resampler::margin() const { return (static_cast<std::int64_t>(taps_.size()) - 1) / 2; }

engine::FirFilter Resampler::filter(double gain, std::int64_t padding) const {
  engine::FirFilter result;
  for (const double tap : taps_) result.taps.push_back(static_cast<float>(gain * tap));
  result.pad_before = padding;
  result.pad_after = padding;
  return result;
}

Value Resampler::down(engine::Graph& graph, Value x) const {
  return graph.fir_down(x, filter(1, margin()));
}

Value Resampler::up(engine::Graph& graph, Value x) const {
  // Zeros lie between the pixels that are spread: twice the gain an axis keeps the brightness.
  return graph.fir_up(x, filter(2, margin()));
}

Value Resampler::down_unpadded(engine::Graph& graph, Value x) const {
  return graph.fir_down(x, filter(1, 0));
}

Value ResidualBlock::append(Layers& layers, const std::string& name, Value x, Value embedding,
                            std::int64_t outputs) const {
  engine::Graph& graph = layers.graph();
  const auto at = [&name](const char* part) { return name + "." + part; };
  const auto resized = [&](Value value) {
    graph.set_label(name + ".resample");
    if (resize == Resize::down) return resampler->down(graph, value);
    if (resize == Resize::up) return resampler->up(graph, value);
    return value;
  };

  Value h = layers.group_norm(at(names.norm0), x, first_norm.value_or(norm), Activation::silu);
  h = layers.conv(at(names.conv0), resized(h), outputs);
  const Value affine =
      layers.linear(at(names.affine), embedding, scale_shift ? 2 * outputs : outputs);
  if (!scale_shift) h = graph.add_vector(h, affine);
  h = layers.group_norm(at(names.norm1), h, norm, Activation::silu, scale_shift ? affine : Value{});

  Value shortcut = resized(x);
  // With a projection the final factor costs nothing: both summands' weights take it.
  const auto gain = project ? static_cast<float>(scale) : 1.0F;
  if (project) shortcut = layers.conv1x1(at(names.shortcut), shortcut, outputs, {}, gain);
  h = layers.conv(at(names.conv1), h, outputs, shortcut, gain);
  return scale != 1 && !project ? graph.scale(h, static_cast<float>(scale)) : h;
}

}  // namespace modeseek::networks
