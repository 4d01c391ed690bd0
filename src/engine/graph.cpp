#include "engine/graph.hpp"

#include <fmt/format.h>

#include <utility>

#include "modeseek/error.hpp"

namespace modeseek::engine {

Value Graph::append(OperationKind kind, std::vector<Value> inputs) {
  std::vector<Extent> extents;
  for (const Value v : inputs) {
    if (v.index < 0 || static_cast<std::size_t>(v.index) >= operations_.size())
      throw InvalidArgument(
          fmt::format("{} '{}': an input is not a value of this graph", name_of(kind), label_));
    extents.push_back(operations_[static_cast<std::size_t>(v.index)].extent);
  }
  const Extent extent = infer_extent(kind, extents, label_);
  operations_.push_back({std::move(kind), std::move(inputs), label_, extent});
  return {static_cast<std::int32_t>(operations_.size() - 1)};
}

Value Graph::input(std::int64_t channels) {
  if (input_.valid()) throw InvalidArgument("network: expected one input, found a second");
  return input_ = append(Input{channels}, {});
}

Value Graph::vector_input(std::int64_t size) {
  if (vector_input_.valid())
    throw InvalidArgument("network: expected at most one vector input, found a second");
  return vector_input_ = append(VectorInput{size}, {});
}

Value Graph::constant(std::vector<float> values) {
  return append(ConstantVector{std::move(values)}, {});
}

Value Graph::embedding(Value scalar, std::vector<float> frequencies, EmbeddingOrder order) {
  return append(Embedding{std::move(frequencies), order}, {scalar});
}

Value Graph::linear(Value x, Linear linear) { return append(std::move(linear), {x}); }

Value Graph::conv(Value x, Conv conv, Value residual) {
  std::vector<Value> inputs{x};
  if (residual.valid()) inputs.push_back(residual);
  return append(std::move(conv), std::move(inputs));
}

Value Graph::group_norm(Value x, GroupNorm norm, Value scale_shift) {
  std::vector<Value> inputs{x};
  if (scale_shift.valid()) inputs.push_back(scale_shift);
  return append(std::move(norm), std::move(inputs));
}

Value Graph::rms_norm(Value x, float epsilon, Activation activation) {
  return append(RmsNorm{epsilon, activation}, {x});
}

Value Graph::modulate(Value x, Value scale_shift, Activation activation) {
  return append(Modulate{activation}, {x, scale_shift});
}

Value Graph::add_vector(Value x, Value v) { return append(AddVector{}, {x, v}); }
Value Graph::silu(Value x) { return append(Silu{}, {x}); }
Value Graph::relu(Value x) { return append(Relu{}, {x}); }
Value Graph::pool(Value x, Pool pool) { return append(pool, {x}); }
Value Graph::add(Value a, Value b) { return append(Add{}, {a, b}); }
Value Graph::scale(Value x, float factor) { return append(Scale{factor}, {x}); }

Value Graph::concat(std::span<const Value> parts) {
  return append(Concat{}, std::vector<Value>(parts.begin(), parts.end()));
}

Value Graph::slice(Value x, std::int64_t first, std::int64_t count) {
  return append(Slice{first, count}, {x});
}

Value Graph::upsample_nearest(Value x) { return fir_up(x, {{1.0F, 1.0F}, 0, 0}); }
Value Graph::average_pool(Value x) { return fir_down(x, {{0.5F, 0.5F}, 0, 0}); }
Value Graph::fir_down(Value x, FirFilter filter) { return append(FirDown{std::move(filter)}, {x}); }
Value Graph::fir_up(Value x, FirFilter filter) { return append(FirUp{std::move(filter)}, {x}); }
Value Graph::space_to_depth(Value x) { return append(SpaceToDepth{}, {x}); }
Value Graph::depth_to_space(Value x) { return append(DepthToSpace{}, {x}); }

Value Graph::attention(Value q, Value k, Value v, std::int64_t heads, float scale) {
  return append(Attention{heads, scale}, {q, k, v});
}

void Graph::set_output(Value output) {
  if (output.index < 0 || static_cast<std::size_t>(output.index) >= operations_.size() ||
      operations_[static_cast<std::size_t>(output.index)].extent.is_vector)
    throw InvalidArgument("network output: expected a feature map of this graph");
  output_ = output;
}

std::int64_t Graph::channels(Value v) const {
  return operations_.at(static_cast<std::size_t>(v.index)).extent.channels;
}

ConvWeights Graph::take_conv_weights(Value v) {
  auto* conv = std::get_if<Conv>(&operations_.at(static_cast<std::size_t>(v.index)).kind);
  if (conv == nullptr) throw InvalidArgument("take_conv_weights: expected a convolution");
  return std::exchange(conv->weights, {});
}

double multiply_adds(const Graph& graph, std::int64_t height, std::int64_t width) {
  const std::vector<Extent> extents = infer_extents(graph, height, width);
  double total = 0;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    const OperationKind& kind = graph.operations()[i].kind;
    const auto outputs = static_cast<double>(extents[i].count());
    if (const auto* conv = std::get_if<Conv>(&kind))
      total += outputs * static_cast<double>(conv->inputs * conv->kernel_h * conv->kernel_w);
    else if (const auto* linear = std::get_if<Linear>(&kind))
      total += outputs * static_cast<double>(linear->inputs);
    else if (std::holds_alternative<Attention>(kind))
      total += 2.0 * outputs * static_cast<double>(extents[i].pixels());
  }
  return total;
}

std::int64_t parameter_count(const Graph& graph) {
  std::size_t total = 0;
  std::int64_t convolutions = 0;
  for (const Operation& operation : graph.operations()) {
    const OperationKind& kind = operation.kind;
    if (const auto* conv = std::get_if<Conv>(&kind)) {
      convolutions += conv->weight_count();
      total += conv->bias.size();
    } else if (const auto* linear = std::get_if<Linear>(&kind))
      total += linear->weights.size() + linear->bias.size();
    else if (const auto* norm = std::get_if<GroupNorm>(&kind))
      total += norm->gamma.size() + norm->beta.size();
    else if (const auto* constant = std::get_if<ConstantVector>(&kind))
      total += constant->values.size();
    else if (const auto* embedding = std::get_if<Embedding>(&kind))
      total += embedding->frequencies.size();
  }
  return convolutions + static_cast<std::int64_t>(total);
}

}  // namespace modeseek::engine
