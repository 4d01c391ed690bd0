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
           const std::vector<NumberType>& types, Mode mode, std::int32_t segments)
      : graph_(graph),
        extents_(extents),
        types_(types),
        mode_(mode),
        segments_(mode == Mode::vjp ? segments : 1),
        needed_(extents.size()),
        crosses_(extents.size()),
        kept_(extents.size()),
        last_use_(extents.size(), none),
        buffer_(extents.size(), none),
        statistics_(extents.size(), none),
        gradient_(extents.size(), none) {}

  Lowered run() {
    find_needed();
    if (segments_ > 1) find_crossing();
    if (segments_ > 1)
      kept_ = crosses_;
    else if (mode_ == Mode::vjp)
      keep_saved(0, count());
    find_last_uses(needed_);
    last_use_[at(graph_.output())] = count();
    forward(needed_);
    emit({Task::store_output, graph_.output(), {buffer_[at(graph_.output())]}, {}});
    result_.backward_begin = result_.steps.size();
    if (mode_ == Mode::vjp) backward();
    return std::move(result_);
  }

 private:
  std::int32_t count() const { return static_cast<std::int32_t>(extents_.size()); }
  const Operation& operation(Value v) const { return graph_.operations()[at(v)]; }
  bool is_map(Value v) const { return !extents_[at(v)].is_vector; }
  Saved saved(Value v) const { return saved_for_backward(operation(v).kind, extents_[at(v)]); }

  std::vector<Value> map_inputs(Value v) const {
    std::vector<Value> maps;
    std::ranges::copy_if(operation(v).inputs, std::back_inserter(maps),
                         [this](Value x) { return is_map(x); });
    return maps;
  }

  /// Marks the maps that the output depends on.
  void find_needed() {
    needed_[at(graph_.output())] = true;
    for (std::int32_t i = count() - 1; i >= 0; --i)
      if (needed_[at({i})])
        for (const Value x : map_inputs({i})) needed_[at(x)] = true;
    if (!needed_[at(graph_.input())])
      throw InvalidArgument(
          "network output: expected to depend on the input, found that it does not");
  }

  /// When each map is read for the last time, while the `computed` ones are computed.
  void find_last_uses(const std::vector<bool>& computed) {
    for (std::int32_t i = 0; i < count(); ++i) last_use_[at({i})] = kept_[at({i})] ? forever : none;
    for (std::int32_t i = 0; i < count(); ++i)
      if (computed[at({i})])
        for (const Value x : map_inputs({i})) last_use_[at(x)] = std::max(last_use_[at(x)], i);
  }

  /// Keeps what the VJPs of the operations from `begin` to before `end` read.
  void keep_saved(std::int32_t begin, std::int32_t end) {
    for (std::int32_t i = begin; i < end; ++i) {
      const Value v{i};
      if (!needed_[at(v)]) continue;
      if (saved(v).output) kept_[at(v)] = true;
      if (saved(v).inputs)
        for (const Value x : map_inputs(v)) kept_[at(x)] = true;
    }
  }

  std::uint64_t map_bytes(Value v) const {
    if (!needed_[at(v)] || !is_map(v)) return 0;
    return static_cast<std::uint64_t>(extents_[at(v)].count()) * bytes_of(types_[at(v)]);
  }

  /// Bytes of the maps that operations from each one on read of those before it.
  std::vector<std::uint64_t> bytes_across() const {
    std::vector<std::uint64_t> across(needed_.size());
    std::vector<bool> read(needed_.size());
    for (std::int32_t i = count() - 1; i >= 0; --i) {
      if (!needed_[at({i})]) continue;
      for (const Value x : map_inputs({i})) {
        if (read[at(x)]) continue;
        read[at(x)] = true;
        for (std::int32_t j = x.index + 1; j <= i; ++j) across[at({j})] += map_bytes(x);
      }
    }
    return across;
  }

  /// Segment i ends before operation ends[i]. What the backward phase holds at its peak is about
  /// what the segments hand over and the maps of the largest: an end is chosen where what is handed
  /// over there and the difference from an equal share are least.
  std::vector<std::int32_t> segment_ends() const {
    const std::vector<std::uint64_t> across = bytes_across();
    std::vector<std::uint64_t> before;  // each operation
    std::uint64_t sum = 0;
    for (std::int32_t i = 0; i < count(); ++i) {
      before.push_back(sum);
      sum += map_bytes({i});
    }
    std::vector<std::int32_t> ends;
    for (std::int32_t k = 1; k < segments_; ++k) {
      const std::uint64_t share =
          sum / static_cast<std::uint64_t>(segments_) * static_cast<std::uint64_t>(k);
      const auto cost = [&](std::int32_t end) {
        const std::uint64_t found = before[at({end})];
        return across[at({end})] + std::max(found, share) - std::min(found, share);
      };
      std::int32_t best = ends.empty() ? 0 : ends.back();
      for (std::int32_t end = best + 1; end < count(); ++end)
        if (cost(end) < cost(best)) best = end;
      ends.push_back(best);
    }
    ends.push_back(count());
    return ends;
  }

  /// Marks the maps that a later segment than their own reads. The host's image is not there in the
  /// backward phase, so the input is one.
  void find_crossing() {
    ends_ = segment_ends();
    crosses_[at(graph_.input())] = true;
    std::int32_t begin = 0;
    for (const std::int32_t end : ends_) {
      for (std::int32_t i = begin; i < end; ++i)
        if (needed_[at({i})])
          for (const Value x : map_inputs({i}))
            if (x.index < begin) crosses_[at(x)] = true;
      begin = end;
    }
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

  void forward(const std::vector<bool>& computed) {
    for (std::int32_t i = 0; i < count(); ++i)
      if (computed[at({i})]) forward(Value{i});
  }

  /// Whether the VJP of `v` uses what this very computation of it saves.
  bool saves_statistics(Value v) const {
    return mode_ == Mode::vjp && (segments_ == 1 || in_backward_ || crosses_[at(v)]);
  }

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
    if (saves_statistics(v) && saved(v).statistics > 0)
      step.statistics = statistics_[at(v)] = new_buffer(saved(v).statistics, NumberType::float32);
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
    in_backward_ = true;
    if (segments_ == 1) backward(0, count());
    for (std::size_t k = ends_.size(); k-- > 0;) {
      const std::int32_t begin = k == 0 ? 0 : ends_[k - 1];
      compute_again(begin, ends_[k]);
      backward(begin, ends_[k]);
    }
  }

  void backward(std::int32_t begin, std::int32_t end) {
    for (std::int32_t i = end - 1; i >= begin; --i)
      if (needed_[at({i})]) backward({i});
  }

  /// Computes those maps of a segment again that its VJP reads, from the maps that cross.
  void compute_again(std::int32_t begin, std::int32_t end) {
    std::vector<bool> read(needed_.size());
    std::vector<bool> computed(needed_.size());
    for (std::int32_t i = end - 1; i >= begin; --i) {
      const Value v{i};
      if (!needed_[at(v)]) continue;
      const Saved wanted = saved(v);
      computed[at(v)] = !crosses_[at(v)] && (read[at(v)] || wanted.output || wanted.statistics > 0);
      if (computed[at(v)] || wanted.inputs)
        for (const Value x : map_inputs(v)) read[at(x)] = true;
    }
    kept_ = crosses_;
    keep_saved(begin, end);
    find_last_uses(computed);
    forward(computed);
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
    Step step{Task::backward, v, {g}, {}};
    step.statistics = statistics_[at(v)];
    if (saved(v).output) step.reads.push_back(buffer_[at(v)]);
    for (const Value x : maps) {
      if (saved(v).inputs) step.reads.push_back(buffer_[at(x)]);
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
  std::int32_t segments_;
  std::vector<std::int32_t> ends_;  ///< of the segments, where there are several
  std::vector<bool> needed_;
  std::vector<bool> crosses_;           ///< read by a later segment than its own
  std::vector<bool> kept_;              ///< not to be overwritten when read for the last time
  std::vector<std::int32_t> last_use_;  ///< operation that reads a map last
  std::vector<std::int32_t> buffer_;    ///< of each map, as computed last
  bool in_backward_ = false;
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
              const std::vector<NumberType>& types, Mode mode, std::int32_t segments) {
  return Lowering(graph, extents, types, mode, segments).run();
}

}  // namespace modeseek::engine
