#include "engine/cpu/vectors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/parallel.hpp"
#include "modeseek/error.hpp"

namespace modeseek::engine::cpu {
namespace {

/// Evaluates one operation on vectors.
class Evaluator {
 public:
  Evaluator(const Operation& operation, const Vectors& values, std::span<const float> conditioning)
      : operation_(operation), values_(values), conditioning_(conditioning) {}

  std::vector<float> operator()(const VectorInput&) const {
    return {conditioning_.begin(), conditioning_.end()};
  }

  std::vector<float> operator()(const ConstantVector& op) const { return op.values; }

  std::vector<float> operator()(const Embedding& op) const {
    const std::size_t n = op.frequencies.size();
    const bool cos_first = op.order == EmbeddingOrder::cos_sin;
    std::vector<float> y(2 * n);
    for (std::size_t i = 0; i < n; ++i) {
      // The product is rounded to float32 as the networks were trained: at frequencies of 1000 its
      // rounding is not small against one period.
      const auto angle = static_cast<double>(input(0)[0] * op.frequencies[i]);
      y[cos_first ? i : n + i] = static_cast<float>(std::cos(angle));
      y[cos_first ? n + i : i] = static_cast<float>(std::sin(angle));
    }
    return y;
  }

  std::vector<float> operator()(const Linear& op) const {
    std::vector<float> y(static_cast<std::size_t>(op.outputs));
    const float* x = input(0).data();
    for_chunks(op.outputs, chunk_of(op.inputs, 65536),
               [&](std::int64_t, std::int64_t first, std::int64_t count) {
                 kernels().linear(op.weights.data() + first * op.inputs, x,
                                  op.bias.empty() ? nullptr : op.bias.data() + first,
                                  y.data() + first, count, op.inputs);
               });
    return y;
  }

  std::vector<float> operator()(const Silu&) const {
    std::vector<float> y(input(0).size());
    kernels().floats.silu(input(0).data(), y.data(), static_cast<std::int64_t>(y.size()));
    return y;
  }

  std::vector<float> operator()(const Add&) const {
    std::vector<float> y = input(0);
    std::transform(y.begin(), y.end(), input(1).begin(), y.begin(), std::plus<>());
    return y;
  }

  std::vector<float> operator()(const Scale& op) const {
    std::vector<float> y = input(0);
    for (float& value : y) value *= op.factor;
    return y;
  }

  std::vector<float> operator()(const Concat&) const {
    std::vector<float> y;
    for (std::size_t i = 0; i < operation_.inputs.size(); ++i)
      y.insert(y.end(), input(i).begin(), input(i).end());
    return y;
  }

  std::vector<float> operator()(const Slice& op) const {
    const auto first = input(0).begin() + op.first;
    return {first, first + op.count};
  }

  /// The other kinds never make a vector (infer_extent).
  template <class MapOperation>
  std::vector<float> operator()(const MapOperation&) const {
    return {};
  }

 private:
  const std::vector<float>& input(std::size_t i) const {
    return values_[static_cast<std::size_t>(operation_.inputs[i].index)];
  }

  const Operation& operation_;
  const Vectors& values_;
  std::span<const float> conditioning_;
};

std::int64_t conditioning_size(const Graph& graph) {
  return graph.vector_input().valid() ? graph.channels(graph.vector_input()) : 0;
}

}  // namespace

std::shared_ptr<const Vectors> VectorCache::at(std::span<const float> conditioning) {
  const std::int64_t expected = conditioning_size(*graph_);
  if (static_cast<std::int64_t>(conditioning.size()) != expected)
    throw InvalidArgument(fmt::format("network conditioning: expected {} numbers, found {}",
                                      expected, conditioning.size()));
  const auto found = std::ranges::find_if(
      recent_, [&](const Entry& entry) { return std::ranges::equal(entry.first, conditioning); });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
    return recent_.front().second;
  }
  auto values = std::make_shared<Vectors>(graph_->operations().size());
  for (std::size_t i = 0; i < values->size(); ++i) {
    const Operation& operation = graph_->operations()[i];
    if (operation.extent.is_vector)
      (*values)[i] = std::visit(Evaluator(operation, *values, conditioning), operation.kind);
  }
  recent_.emplace_front(std::vector<float>(conditioning.begin(), conditioning.end()), values);
  if (recent_.size() > capacity) recent_.pop_back();
  return values;
}

std::uint64_t VectorCache::bytes() const {
  std::uint64_t floats = 0;
  for (const Operation& operation : graph_->operations())
    if (operation.extent.is_vector) floats += static_cast<std::uint64_t>(operation.extent.channels);
  return floats * sizeof(float);
}

}  // namespace modeseek::engine::cpu
