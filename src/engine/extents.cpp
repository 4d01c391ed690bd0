#include <fmt/format.h>

#include <array>

#include "engine/graph.hpp"
#include "modeseek/error.hpp"

namespace modeseek::engine {
namespace {

constexpr std::int64_t max_channels = std::int64_t{1} << 20;
constexpr std::int64_t max_side = std::int64_t{1} << 24;

/// Checks one operation; every message starts with its name and label.
class Checker {
 public:
  Checker(const OperationKind& kind, std::span<const Extent> inputs, const std::string& label,
          Weights weights)
      : kind_(kind), inputs_(inputs), label_(label), weights_(weights) {}

  Extent infer() const {
    return std::visit([this](const auto& op) { return extent(op); }, kind_);
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw InvalidArgument(fmt::format("{} '{}': {}", name_of(kind_), label_, problem));
  }

  void expect(std::int64_t found, std::int64_t expected, const char* axis) const {
    if (found != expected) fail(fmt::format("{}: expected {}, found {}", axis, expected, found));
  }

  void in_range(std::int64_t found, std::int64_t low, std::int64_t high, const char* axis) const {
    if (found < low || found > high)
      fail(fmt::format("{}: expected {} to {}, found {}", axis, low, high, found));
  }

  void entries(const std::vector<float>& values, std::int64_t expected, const char* axis) const {
    expect(static_cast<std::int64_t>(values.size()), expected, axis);
  }

  void entries_or_none(const std::vector<float>& values, std::int64_t size,
                       const char* axis) const {
    if (!values.empty()) entries(values, size, axis);
  }

  void arity(std::size_t low, std::size_t high) const {
    in_range(static_cast<std::int64_t>(inputs_.size()), static_cast<std::int64_t>(low),
             static_cast<std::int64_t>(high), "number of inputs");
  }

  const Extent& map(std::size_t i) const {
    if (inputs_[i].is_vector)
      fail(fmt::format("input {}: expected a feature map, found a vector", i + 1));
    return inputs_[i];
  }

  const Extent& vector(std::size_t i) const {
    if (!inputs_[i].is_vector)
      fail(fmt::format("input {}: expected a vector, found a feature map", i + 1));
    return inputs_[i];
  }

  void same_side(std::int64_t found, std::int64_t expected, const char* axis) const {
    if (found != Extent::unknown && expected != Extent::unknown) expect(found, expected, axis);
  }

  void same_size(const Extent& a, const Extent& b) const {
    if (a.is_vector != b.is_vector) fail("inputs: expected all maps or all vectors");
    same_side(b.height, a.height, "rows");
    same_side(b.width, a.width, "columns");
  }

  /// (n + before + after - taps) / 2 + 1 and its like: outputs of a strided window.
  std::int64_t windows(std::int64_t n, std::int64_t padding, std::int64_t kernel,
                       std::int64_t stride, const char* axis) const {
    if (n == Extent::unknown) return n;
    if (n + padding < kernel)
      fail(fmt::format("{}: {} with padding {} are fewer than the kernel's {}", axis, n, padding,
                       kernel));
    return (n + padding - kernel) / stride + 1;
  }

  std::int64_t halved(std::int64_t n, const char* axis) const {
    if (n == Extent::unknown) return n;
    if (n % 2 != 0) fail(fmt::format("{}: expected an even number, found {}", axis, n));
    return n / 2;
  }

  static std::int64_t doubled(std::int64_t n) { return n == Extent::unknown ? n : 2 * n; }

  static Extent make_vector(std::int64_t size) { return {size, 1, 1, true}; }

  Extent extent(const Input& op) const {
    arity(0, 0);
    in_range(op.channels, 1, max_channels, "channels");
    return {op.channels, Extent::unknown, Extent::unknown, false};
  }

  Extent extent(const VectorInput& op) const {
    arity(0, 0);
    in_range(op.size, 1, max_channels, "size");
    return make_vector(op.size);
  }

  Extent extent(const ConstantVector& op) const {
    arity(0, 0);
    in_range(static_cast<std::int64_t>(op.values.size()), 1, max_channels, "size");
    return make_vector(static_cast<std::int64_t>(op.values.size()));
  }

  Extent extent(const Embedding& op) const {
    arity(1, 1);
    expect(vector(0).channels, 1, "size of the scalar");
    const auto frequencies = static_cast<std::int64_t>(op.frequencies.size());
    in_range(frequencies, 1, max_channels, "frequencies");
    return make_vector(2 * frequencies);
  }

  Extent extent(const Linear& op) const {
    arity(1, 1);
    in_range(op.outputs, 1, max_channels, "outputs");
    expect(vector(0).channels, op.inputs, "input size");
    entries(op.weights, op.outputs * op.inputs, "weights");
    entries_or_none(op.bias, op.outputs, "bias");
    return make_vector(op.outputs);
  }

  Extent extent(const Conv& op) const {
    arity(1, 2);
    const Extent& x = map(0);
    expect(x.channels, op.inputs, "input channels");
    in_range(op.outputs, 1, max_channels, "output channels");
    in_range(op.kernel_h, 1, 255, "kernel rows");
    in_range(op.kernel_w, 1, 255, "kernel columns");
    in_range(op.stride, 1, 4, "stride");
    for (const std::int64_t p :
         {op.padding.top, op.padding.left, op.padding.bottom, op.padding.right})
      in_range(p, 0, 255, "padding");
    if (!op.weights.load && (weights_ == Weights::required || !op.weights.values.empty()))
      entries(op.weights.values, op.weight_count(), "weights");
    entries_or_none(op.bias, op.outputs, "bias");
    const Extent y{
        op.outputs,
        windows(x.height, op.padding.top + op.padding.bottom, op.kernel_h, op.stride, "rows"),
        windows(x.width, op.padding.left + op.padding.right, op.kernel_w, op.stride, "columns"),
        false};
    if (inputs_.size() == 2) {
      expect(map(1).channels, y.channels, "channels of the residual");
      same_side(map(1).height, y.height, "rows of the residual");
      same_side(map(1).width, y.width, "columns of the residual");
    }
    return y;
  }

  Extent extent(const GroupNorm& op) const {
    arity(1, 2);
    const Extent& x = map(0);
    in_range(op.groups, 1, x.channels, "groups");
    if (x.channels % op.groups != 0)
      fail(fmt::format("channels: expected a multiple of {} groups, found {}", op.groups,
                       x.channels));
    entries_or_none(op.gamma, x.channels, "gamma");
    entries_or_none(op.beta, x.channels, "beta");
    if (inputs_.size() == 2) expect(vector(1).channels, 2 * x.channels, "scale and shift");
    return x;
  }

  Extent extent(const RmsNorm&) const {
    arity(1, 1);
    return map(0);
  }

  Extent extent(const Modulate&) const {
    arity(2, 2);
    expect(vector(1).channels, 2 * map(0).channels, "scale and shift");
    return map(0);
  }

  Extent extent(const AddVector&) const {
    arity(2, 2);
    expect(vector(1).channels, map(0).channels, "channels");
    return map(0);
  }

  Extent extent(const Silu&) const {
    arity(1, 1);
    return inputs_[0];
  }

  Extent extent(const Relu&) const {
    arity(1, 1);
    return map(0);
  }

  Extent extent(const Pool& op) const {
    arity(1, 1);
    in_range(op.size, 1, 255, "window");
    in_range(op.stride, 1, 255, "stride");
    in_range(op.padding, 0, op.size - 1, "padding");
    Extent y = map(0);
    y.height = windows(y.height, 2 * op.padding, op.size, op.stride, "rows");
    y.width = windows(y.width, 2 * op.padding, op.size, op.stride, "columns");
    return y;
  }

  Extent extent(const Scale&) const {
    arity(1, 1);
    return inputs_[0];
  }

  Extent extent(const Add&) const {
    arity(2, 2);
    same_size(inputs_[0], inputs_[1]);
    expect(inputs_[1].channels, inputs_[0].channels, "channels");
    return inputs_[0];
  }

  Extent extent(const Concat&) const {
    arity(1, 1024);
    Extent y = inputs_[0];
    y.channels = 0;
    for (const Extent& x : inputs_) {
      same_size(inputs_[0], x);
      y.channels += x.channels;
    }
    in_range(y.channels, 1, max_channels, "channels");
    return y;
  }

  Extent extent(const Slice& op) const {
    arity(1, 1);
    Extent y = inputs_[0];
    in_range(op.first, 0, y.channels - 1, "first channel");
    in_range(op.count, 1, y.channels - op.first, "number of channels");
    y.channels = op.count;
    return y;
  }

  void check_filter(const FirFilter& filter) const {
    in_range(static_cast<std::int64_t>(filter.taps.size()), 1, 255, "taps");
    in_range(filter.pad_before, 0, 255, "padding before");
    in_range(filter.pad_after, 0, 255, "padding after");
  }

  Extent extent(const FirDown& op) const {
    arity(1, 1);
    check_filter(op.filter);
    const auto taps = static_cast<std::int64_t>(op.filter.taps.size());
    const std::int64_t padding = op.filter.pad_before + op.filter.pad_after;
    Extent y = map(0);
    y.height = windows(y.height, padding, taps, 2, "rows");
    y.width = windows(y.width, padding, taps, 2, "columns");
    return y;
  }

  std::int64_t stretched(std::int64_t n, std::int64_t growth, const char* axis) const {
    if (n == Extent::unknown) return n;
    const std::int64_t result = 2 * (n - 1) + growth;
    in_range(result, 1, max_side, axis);
    return result;
  }

  Extent extent(const FirUp& op) const {
    arity(1, 1);
    check_filter(op.filter);
    const std::int64_t growth = static_cast<std::int64_t>(op.filter.taps.size()) -
                                op.filter.pad_before - op.filter.pad_after;
    Extent y = map(0);
    y.height = stretched(y.height, growth, "rows");
    y.width = stretched(y.width, growth, "columns");
    return y;
  }

  Extent extent(const SpaceToDepth&) const {
    arity(1, 1);
    const Extent& x = map(0);
    return {4 * x.channels, halved(x.height, "rows"), halved(x.width, "columns"), false};
  }

  Extent extent(const DepthToSpace&) const {
    arity(1, 1);
    const Extent& x = map(0);
    if (x.channels % 4 != 0)
      fail(fmt::format("channels: expected a multiple of 4, found {}", x.channels));
    return {x.channels / 4, doubled(x.height), doubled(x.width), false};
  }

  Extent extent(const Attention& op) const {
    arity(3, 3);
    const Extent& q = map(0);
    for (std::size_t i = 1; i < 3; ++i) {
      same_size(q, map(i));
      expect(map(i).channels, q.channels, "channels");
    }
    in_range(op.heads, 1, q.channels, "heads");
    if (q.channels % op.heads != 0)
      fail(
          fmt::format("channels: expected a multiple of {} heads, found {}", op.heads, q.channels));
    return q;
  }

  const OperationKind& kind_;
  std::span<const Extent> inputs_;
  const std::string& label_;
  Weights weights_;
};

}  // namespace

const char* name_of(const OperationKind& kind) {
  static constexpr std::array names{
      "input",          "vector input", "constant", "embedding",  "linear", "conv",
      "group norm",     "RMS norm",     "modulate", "add vector", "SiLU",   "add",
      "scale",          "concat",       "slice",    "FIR down",   "FIR up", "space to depth",
      "depth to space", "attention",    "ReLU",     "pool"};
  static_assert(names.size() == std::variant_size_v<OperationKind>);
  return names.at(kind.index());
}

Extent infer_extent(const OperationKind& kind, std::span<const Extent> inputs,
                    const std::string& label, Weights weights) {
  return Checker(kind, inputs, label, weights).infer();
}

std::vector<Extent> infer_extents(const Graph& graph, std::int64_t height, std::int64_t width) {
  for (const auto& [side, axis] : {std::pair{height, "rows"}, std::pair{width, "columns"}})
    if (side < 1 || side > max_side)
      throw InvalidArgument(
          fmt::format("network input: {}: expected 1 to {}, found {}", axis, max_side, side));
  std::vector<Extent> extents;
  extents.reserve(graph.operations().size());
  for (const Operation& operation : graph.operations()) {
    std::vector<Extent> inputs;
    for (const Value v : operation.inputs)
      inputs.push_back(extents[static_cast<std::size_t>(v.index)]);
    Extent extent = infer_extent(operation.kind, inputs, operation.label, Weights::may_have_moved);
    if (std::holds_alternative<Input>(operation.kind)) {
      extent.height = height;
      extent.width = width;
    }
    extents.push_back(extent);
  }
  return extents;
}

}  // namespace modeseek::engine
