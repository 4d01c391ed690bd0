#include "networks/layers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "modeseek/error.hpp"

namespace modeseek::networks {
namespace {

using engine::Value;

using FloatsLater = std::function<std::vector<float>()>;

/// Row of the packed convolution that holds channel `channel` of kind `kind` (0 = q, 1 = k, 2 = v).
std::int64_t packed_row(QkvRows rows, std::int64_t kind, std::int64_t channel,
                        std::int64_t channels, std::int64_t head_channels) {
  switch (rows) {
    case QkvRows::interleaved:
      return 3 * channel + kind;
    case QkvRows::by_head: {
      const std::int64_t head = channel / head_channels;
      return 3 * head * head_channels + kind * head_channels + channel % head_channels;
    }
    case QkvRows::by_kind:
      break;
  }
  return kind * channels + channel;
}

std::vector<std::int64_t> matrix_shape(std::int64_t rows, std::int64_t columns,
                                       std::size_t trailing) {
  std::vector<std::int64_t> shape{rows, columns};
  shape.insert(shape.end(), trailing, 1);
  return shape;
}

engine::Conv pointwise_conv(std::int64_t outputs, std::int64_t inputs, FloatsLater weights,
                            std::vector<float> bias) {
  engine::Conv conv;
  conv.outputs = outputs;
  conv.inputs = inputs;
  conv.weights.load = std::move(weights);
  conv.bias = std::move(bias);
  return conv;
}

std::vector<float> scaled(std::vector<float> values, float gain) {
  for (float& value : values) value *= gain;
  return values;
}

FloatsLater scaled_later(FloatsLater values, float gain) {
  if (gain == 1.0F) return values;
  return [values = std::move(values), gain] { return scaled(values(), gain); };
}

/// The rows of a matrix of `width` columns, in another order.
std::vector<float> rows_of(const std::vector<float>& matrix, const std::vector<std::size_t>& rows,
                           std::size_t width) {
  std::vector<float> result;
  result.reserve(rows.size() * width);
  for (const std::size_t row : rows) {
    const auto begin = matrix.begin() + static_cast<std::ptrdiff_t>(row * width);
    result.insert(result.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
  }
  return result;
}

}  // namespace

std::int64_t NormRule::groups_for(std::int64_t channels) const {
  return std::clamp<std::int64_t>(channels / min_channels_per_group, 1, groups);
}

Layers::Layers(const checkpoints::Checkpoint& checkpoint, std::string prefix)
    : checkpoint_(checkpoint), prefix_(std::move(prefix)) {}

bool Layers::contains(const std::string& name) const {
  return checkpoint_.contains(prefix_ + name);
}

std::vector<float> Layers::floats(const std::string& name, const std::vector<std::int64_t>& shape) {
  return checkpoint_.floats(prefix_ + name, shape);
}

FloatsLater Layers::floats_later(const std::string& name, const std::vector<std::int64_t>& shape) {
  return checkpoint_.floats_later(prefix_ + name, shape);
}

Value Layers::conv(const std::string& name, Value x, std::int64_t outputs, Value residual,
                   float gain, const Window& window) {
  engine::Conv conv;
  conv.outputs = outputs;
  conv.inputs = channels(x);
  conv.kernel_h = window.size;
  conv.kernel_w = window.size;
  conv.stride = window.stride;
  conv.padding = window.padding;
  conv.weights.load = scaled_later(
      floats_later(name + ".weight", {outputs, conv.inputs, window.size, window.size}), gain);
  conv.bias = scaled(floats(name + ".bias", {outputs}), gain);
  graph_.set_label(name);
  return graph_.conv(x, std::move(conv), residual);
}

Value Layers::conv1x1(const std::string& name, Value x, std::int64_t outputs, Value residual,
                      float gain) {
  return conv(name, x, outputs, residual, gain, {1, 1, engine::Padding{}});
}

Value Layers::conv_of_blocks(const std::string& name, Value x, std::int64_t outputs) {
  engine::Conv conv;
  conv.outputs = outputs;
  conv.inputs = 4 * channels(x);
  conv.weights.load = floats_later(name + ".weight", {outputs, channels(x), 2, 2});
  conv.bias = floats(name + ".bias", {outputs});
  graph_.set_label(name);
  return graph_.conv(graph_.space_to_depth(x), std::move(conv));
}

Value Layers::head(const std::string& name, Value x, std::int64_t outputs, std::int64_t kept,
                   Value residual) {
  const std::int64_t inputs = channels(x);
  engine::Conv conv;
  conv.outputs = kept;
  conv.inputs = inputs;
  conv.kernel_h = 3;
  conv.kernel_w = 3;
  conv.padding = engine::Padding::all(1);
  conv.weights.load = [all = floats_later(name + ".weight", {outputs, inputs, 3, 3}),
                       count = static_cast<std::size_t>(conv.weight_count())] {
    std::vector<float> weights = all();
    weights.resize(count);
    return weights;
  };
  conv.bias = floats(name + ".bias", {outputs});
  conv.bias.resize(static_cast<std::size_t>(kept));
  graph_.set_label(name);
  return graph_.conv(x, std::move(conv), residual);
}

Value Layers::linear(const std::string& name, Value x, std::int64_t outputs) {
  engine::Linear linear;
  linear.outputs = outputs;
  linear.inputs = channels(x);
  linear.weights = floats(name + ".weight", {outputs, linear.inputs});
  linear.bias = floats(name + ".bias", {outputs});
  graph_.set_label(name);
  return graph_.linear(x, std::move(linear));
}

Value Layers::group_norm(const std::string& name, Value x, const NormRule& rule,
                         engine::Activation activation, Value scale_shift) {
  const std::int64_t count = channels(x);
  engine::GroupNorm norm;
  norm.groups = rule.groups_for(count);
  norm.epsilon = rule.epsilon;
  norm.gamma = floats(name + ".weight", {count});
  norm.beta = floats(name + ".bias", {count});
  norm.activation = activation;
  graph_.set_label(name);
  return graph_.group_norm(x, std::move(norm), scale_shift);
}

std::vector<float> Layers::table_row(const std::string& name, std::int64_t classes,
                                     std::int64_t width, std::int64_t label) {
  const std::vector<float> table = floats(name + ".weight", {classes, width});
  const auto row = table.begin() + label * width;
  return {row, row + width};
}

std::vector<float> Layers::matrix_column(const std::string& name, std::int64_t width,
                                         std::int64_t classes, std::optional<std::int64_t> label) {
  const std::vector<float> matrix = floats(name + ".weight", {width, classes});
  std::vector<float> column(static_cast<std::size_t>(width), 0.0F);
  if (!label) return column;
  for (std::size_t row = 0; row < column.size(); ++row) {
    column[row] =
        matrix[row * static_cast<std::size_t>(classes) + static_cast<std::size_t>(*label)];
  }
  return column;
}

Value Layers::packed_attention(const std::string& name, Value x, std::int64_t heads, QkvRows rows,
                               std::size_t trailing) {
  const std::int64_t count = channels(x);
  check_heads(name, count, heads);
  const auto width = static_cast<std::size_t>(count);
  const FloatsLater weights =
      floats_later(name + ".weight", matrix_shape(3 * count, count, trailing));
  const std::vector<float> bias = floats(name + ".bias", {3 * count});
  graph_.set_label(name);
  std::array<Value, 3> parts;
  for (std::int64_t kind = 0; kind < 3; ++kind) {
    std::vector<std::size_t> chosen;
    for (std::int64_t channel = 0; channel < count; ++channel)
      chosen.push_back(
          static_cast<std::size_t>(packed_row(rows, kind, channel, count, count / heads)));
    const FloatsLater part = [weights, chosen, width] { return rows_of(weights(), chosen, width); };
    parts.at(static_cast<std::size_t>(kind)) =
        graph_.conv(x, pointwise_conv(count, count, part, rows_of(bias, chosen, 1)));
  }
  return attend(parts[0], parts[1], parts[2], heads);
}

Value Layers::split_attention(const std::string& query, const std::string& key,
                              const std::string& value, Value x, std::int64_t heads) {
  const std::int64_t count = channels(x);
  check_heads(query, count, heads);
  const Value q = pointwise(query, x, count, 0);
  const Value k = pointwise(key, x, count, 0);
  const Value v = pointwise(value, x, count, 0);
  return attend(q, k, v, heads);
}

Value Layers::pointwise(const std::string& name, Value x, std::int64_t outputs,
                        std::size_t trailing, Value residual) {
  const std::int64_t inputs = channels(x);
  engine::Conv conv = pointwise_conv(
      outputs, inputs, floats_later(name + ".weight", matrix_shape(outputs, inputs, trailing)),
      floats(name + ".bias", {outputs}));
  graph_.set_label(name);
  return graph_.conv(x, std::move(conv), residual);
}

void Layers::check_heads(const std::string& name, std::int64_t channels, std::int64_t heads) const {
  if (heads >= 1 && channels % heads == 0) return;
  throw FileError(checkpoint_.path, "attention '" + name + "': " + std::to_string(channels) +
                                        " channels do not split into " + std::to_string(heads) +
                                        " heads");
}

Value Layers::attend(Value q, Value k, Value v, std::int64_t heads) {
  const std::int64_t head_channels = channels(q) / heads;
  const double scale = 1.0 / std::sqrt(static_cast<double>(head_channels));
  return graph_.attention(q, k, v, heads, static_cast<float>(scale));
}

std::string find_prefix(const checkpoints::Checkpoint& checkpoint, const std::string& anchor) {
  std::optional<std::string> shortest;
  for (const auto& [name, entry] : checkpoint.tensors) {
    if (!name.ends_with(anchor)) continue;
    std::string prefix = name.substr(0, name.size() - anchor.size());
    if (!prefix.empty() && !prefix.ends_with('.')) continue;
    if (!shortest || prefix.size() < shortest->size()) shortest = std::move(prefix);
  }
  return shortest.value_or("");
}

std::vector<float> sinusoidal_frequencies(std::int64_t count, double denominator) {
  std::vector<float> frequencies(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    frequencies[i] =
        static_cast<float>(std::exp(-std::log(10000.0) * static_cast<double>(i) / denominator));
  }
  return frequencies;
}

}  // namespace modeseek::networks
