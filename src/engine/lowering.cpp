#include "engine/lowering.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "modeseek/error.hpp"

namespace modeseek::engine {
namespace {

constexpr std::int32_t none = -1;
constexpr std::int32_t forever = std::numeric_limits<std::int32_t>::max();

std::size_t at(Value v) { return static_cast<std::size_t>(v.index); }

class Lowering {
 public:
  Lowering(const Graph& graph, const std::vector<Extent>& extents,
           const std::vector<NumberType>& types, Mode mode)
      : graph_(graph),
        extents_(extents),
        types_(types),
        mode_(mode),
        needed_(extents.size()),
        last_use_(extents.size(), none),
        buffer_(extents.size(), none),
        statistics_(extents.size(), none),
        gradient_(extents.size(), none) {}

  Lowered run() {
    find_uses();
    for (std::int32_t i = 0; i < count(); ++i)
      if (needed_[at({i})]) forward({i});
    emit({Task::store_output, graph_.output(), {buffer_[at(graph_.output())]}, {}});
    result_.backward_begin = result_.steps.size();
    if (mode_ == Mode::vjp) backward();
    return std::move(result_);
  }

 private:
  std::int32_t count() const { return static_cast<std::int32_t>(extents_.size()); }
  const Operation& operation(Value v) const { return graph_.operations()[at(v)]; }
  bool is_map(Value v) const { return !extents_[at(v)].is_vector; }

  std::vector<Value> map_inputs(Value v) const {
    std::vector<Value> maps;
    std::ranges::copy_if(operation(v).inputs, std::back_inserter(maps),
                         [this](Value x) { return is_map(x); });
    return maps;
  }

  /// Marks the maps that the output depends on and when each is read for the last time.
  void find_uses() {
    needed_[at(graph_.output())] = true;
    last_use_[at(graph_.output())] = count();
    for (std::int32_t i = count() - 1; i >= 0; --i) {
      const Value v{i};
      if (!needed_[at(v)]) continue;
      for (const Value x : map_inputs(v)) {
        needed_[at(x)] = true;
        last_use_[at(x)] = std::max(last_use_[at(x)], i);
      }
      if (mode_ == Mode::vjp) keep_saved(v);
    }
    if (!needed_[at(graph_.input())])
      throw InvalidArgument(
          "network output: expected to depend on the input, found that it does not");
  }

  void keep_saved(Value v) {
    const Saved saved = saved_for_backward(operation(v).kind, extents_[at(v)]);
    if (saved.output) last_use_[at(v)] = forever;
    if (saved.inputs)
      for (const Value x : map_inputs(v)) last_use_[at(x)] = forever;
  }

  std::int32_t new_buffer(std::int64_t count, NumberType type) {
    result_.buffer_bytes.push_back(static_cast<std::uint64_t>(count) * bytes_of(type));
    return static_cast<std::int32_t>(result_.buffer_bytes.size() - 1);
  }

  std::int32_t new_map(Value like) {
    return new_buffer(extents_[at(like)].count(), types_[at(like)]);
  }

  void emit(Step step) { result_.steps.push_back(std::move(step)); }

  bool dies_at(Value x, Value user) const { return last_use_[at(x)] == user.index; }

  void forward(Value v) {
    const Operation& op = operation(v);
    const std::vector<Value> maps = map_inputs(v);
    if (std::holds_alternative<Input>(op.kind)) {
      buffer_[at(v)] = new_map(v);
      emit({Task::load_input, v, {}, {{buffer_[at(v)]}}});
      return;
    }
    if (std::holds_alternative<Conv>(op.kind) && maps.size() == 2) {
      forward_conv_with_residual(v, maps[0], maps[1]);
      return;
    }
    Step step{Task::forward, v, {}, {}};
    for (const Value x : maps) step.reads.push_back(buffer_[at(x)]);
    buffer_[at(v)] = runs_in_place(op.kind) ? reusable(v, maps) : none;
    if (buffer_[at(v)] == none) buffer_[at(v)] = new_map(v);
    step.writes.push_back({buffer_[at(v)]});
    if (mode_ == Mode::vjp) {
      const std::int64_t floats = saved_for_backward(op.kind, extents_[at(v)]).statistics;
      if (floats > 0)
        step.statistics = statistics_[at(v)] = new_buffer(floats, NumberType::float32);
    }
    emit(std::move(step));
  }

  /// A buffer of an input that `v` reads last, or none.
  std::int32_t reusable(Value v, const std::vector<Value>& maps) const {
    for (const Value x : maps)
      if (dies_at(x, v) && types_[at(x)] == types_[at(v)]) return buffer_[at(x)];
    return none;
  }

  /// The convolution adds to a buffer that holds the residual: its own, if this is its last use.
  void forward_conv_with_residual(Value v, Value x, Value residual) {
    if (dies_at(residual, v) && residual != x) {
      buffer_[at(v)] = buffer_[at(residual)];
    } else {
      buffer_[at(v)] = new_map(v);
      emit({Task::copy, v, {buffer_[at(residual)]}, {{buffer_[at(v)]}}});
    }
    emit({Task::forward, v, {buffer_[at(x)]}, {{buffer_[at(v)], true}}});
  }

  void backward() {
    const Value output = graph_.output();
    gradient_[at(output)] = new_map(output);
    emit({Task::load_cotangent, output, {}, {{gradient_[at(output)]}}});
    for (std::int32_t i = count() - 1; i >= 0; --i)
      if (needed_[at({i})]) backward({i});
  }

  void backward(Value v) {
    const OperationKind& kind = operation(v).kind;
    const std::int32_t g = gradient_[at(v)];
    const std::vector<Value> maps = map_inputs(v);
    if (std::holds_alternative<Input>(kind)) {
      emit({Task::store_gradient, v, {g}, {}});
    } else if (std::holds_alternative<Add>(kind)) {
      backward_add(v, maps[0], maps[1], g);
    } else if (std::holds_alternative<AddVector>(kind)) {
      hand_over(v, maps[0], g);
    } else if (std::holds_alternative<Conv>(kind)) {
      backward_step(v, {maps[0]}, g);
      if (maps.size() == 2) hand_over(v, maps[1], g);
    } else {
      backward_step(v, maps, g);
    }
  }

  /// Adds the gradient `g` to that of `x`, leaving `g` as it is.
  void contribute(Value v, Value x, std::int32_t g) {
    const bool first = gradient_[at(x)] == none;
    if (first) gradient_[at(x)] = new_map(x);
    emit({first ? Task::copy : Task::add, v, {g}, {{gradient_[at(x)]}}});
  }

  /// As contribute, but nobody needs `g` any more: it becomes the gradient of `x` if that has none.
  void hand_over(Value v, Value x, std::int32_t g) {
    if (gradient_[at(x)] == none)
      gradient_[at(x)] = g;
    else
      contribute(v, x, g);
  }

  void backward_add(Value v, Value a, Value b, std::int32_t g) {
    if (gradient_[at(a)] != none) std::swap(a, b);
    contribute(v, b, g);
    hand_over(v, a, g);
  }

  void backward_step(Value v, const std::vector<Value>& maps, std::int32_t g) {
    const OperationKind& kind = operation(v).kind;
    const Saved saved = saved_for_backward(kind, extents_[at(v)]);
    Step step{Task::backward, v, {g}, {}};
    step.statistics = statistics_[at(v)];
    if (saved.output) step.reads.push_back(buffer_[at(v)]);
    for (const Value x : maps) {
      if (saved.inputs) step.reads.push_back(buffer_[at(x)]);
      const bool accumulate = gradient_[at(x)] != none;
      const bool in_place = runs_in_place(kind) && types_[at(x)] == types_[at(v)];
      if (!accumulate) gradient_[at(x)] = in_place ? g : new_map(x);
      step.writes.push_back({gradient_[at(x)], accumulate});
    }
    emit(std::move(step));
  }

  const Graph& graph_;
  const std::vector<Extent>& extents_;
  const std::vector<NumberType>& types_;
  Mode mode_;
  std::vector<bool> needed_;
  std::vector<std::int32_t> last_use_;    ///< operation that reads a map last
  std::vector<std::int32_t> buffer_;      ///< of each map
  std::vector<std::int32_t> statistics_;  ///< of each normalisation
  std::vector<std::int32_t> gradient_;    ///< of each map
  Lowered result_;
};

}  // namespace

Saved saved_for_backward(const OperationKind& kind, const Extent& extent) {
  if (const auto* norm = std::get_if<GroupNorm>(&kind)) return {true, false, 2 * norm->groups};
  if (const auto* norm = std::get_if<RmsNorm>(&kind)) {
    const bool plain = norm->activation == Activation::none;
    return {!plain, plain, extent.pixels()};
  }
  if (const auto* modulate = std::get_if<Modulate>(&kind))
    return {modulate->activation != Activation::none, false, 0};
  if (std::holds_alternative<Silu>(kind) || std::holds_alternative<Attention>(kind))
    return {true, false, 0};
  if (std::holds_alternative<Relu>(kind)) return {false, true, 0};
  if (const auto* pool = std::get_if<Pool>(&kind)) {
    const bool compares = pool->kind == Pool::Kind::maximum;
    return {compares, compares, 0};
  }
  return {};
}

bool runs_in_place(const OperationKind& kind) {
  return std::holds_alternative<GroupNorm>(kind) || std::holds_alternative<RmsNorm>(kind) ||
         std::holds_alternative<Modulate>(kind) || std::holds_alternative<AddVector>(kind) ||
         std::holds_alternative<Silu>(kind) || std::holds_alternative<Relu>(kind) ||
         std::holds_alternative<Add>(kind) || std::holds_alternative<Scale>(kind);
}

Lowered lower(const Graph& graph, const std::vector<Extent>& extents,
              const std::vector<NumberType>& types, Mode mode) {
  return Lowering(graph, extents, types, mode).run();
}

}  // namespace modeseek::engine
