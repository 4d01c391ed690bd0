#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/arena_planner.hpp"
#include "engine/graph.hpp"
#include "engine/number_type.hpp"

namespace modeseek::engine {

/// What a plan must be able to do: y = F(x) alone, or also J^T v at that x.
enum class Mode { denoise, vjp };

/// What a step does.
enum class Task {
  load_input,      ///< host image -> writes[0]
  forward,         ///< reads = the operation's maps -> writes[0]; in either phase
  store_output,    ///< reads[0] -> host image
  load_cotangent,  ///< host v -> writes[0]; the first step of the backward phase
  backward,        ///< reads = gradient of the result, then saved maps -> gradients of the inputs
  store_gradient,  ///< reads[0] -> host image
  copy,            ///< writes[0] = reads[0]
  add              ///< writes[0] += reads[0]
};

/// A buffer that a step writes; with `accumulate` the step adds to what the buffer holds.
struct Write {
  std::int32_t buffer = -1;
  bool accumulate = false;
};

/// One unit of work. Buffers are indices into Plan::lifetimes(). The same buffer may be read and
/// written by element-wise steps (in place).
struct Step {
  Task task = Task::forward;
  Value operation;  ///< the operation that the step belongs to
  std::vector<std::int32_t> reads;
  std::vector<Write> writes;
  std::int32_t statistics = -1;  ///< of a normalisation, kept from forward to backward; -1 = none
  std::int32_t scratch = -1;     ///< used within the step only; -1 = none
};

/// The steps of one evaluation at one size, and where every buffer lies in one arena. Knows no
/// hardware: how much scratch memory a step needs is asked of the caller.
///
/// Step index = time. In vjp mode the backward steps follow the forward ones in the same list, so
/// what they read of the forward phase simply lives longer: to the end, since the backward phase
/// may run any number of times. Convolution keeps nothing: only the gradient of the input is
/// wanted.
class Plan {
 public:
  /// Lowers the graph. Throws InvalidArgument when the size does not fit, when the graph has no
  /// output or when the output does not depend on the input.
  /// Maps are stored as map_types(graph, type) says. With several `segments` (vjp mode) the forward
  /// phase keeps only the maps that one segment of the operations hands to another; the backward
  /// phase computes a segment's other maps again before it passes through it (gradient
  /// checkpointing, Chen et al., arXiv 1604.06174). The results are the same, bit for bit.
  Plan(const Graph& graph, std::int64_t height, std::int64_t width, Mode mode,
       NumberType type = NumberType::float32, std::int32_t segments = 1);

  /// Adds scratch buffers of `scratch_bytes(step)` (0 = none) and lays out the arena.
  void place(const std::function<std::uint64_t(const Step&)>& scratch_bytes);

  Mode mode() const noexcept { return mode_; }
  const std::vector<Step>& steps() const noexcept { return steps_; }
  /// Index of the first step of the backward phase; steps().size() in denoise mode.
  std::size_t backward_begin() const noexcept { return backward_begin_; }
  const std::vector<Extent>& extents() const noexcept { return extents_; }
  const Extent& extent(Value v) const { return extents_.at(static_cast<std::size_t>(v.index)); }
  /// What a map, and its gradient, is stored as.
  NumberType type(Value v) const { return types_.at(static_cast<std::size_t>(v.index)); }
  const std::vector<Lifetime>& lifetimes() const noexcept { return lifetimes_; }
  /// Byte offset of a buffer in the arena; after place().
  std::uint64_t offset(std::int32_t buffer) const {
    return layout_.offsets.at(static_cast<std::size_t>(buffer));
  }
  /// Size of the arena; after place().
  std::uint64_t arena_bytes() const noexcept { return layout_.bytes; }

 private:
  void set_lifetimes(const std::vector<std::uint64_t>& bytes);

  Mode mode_;
  std::vector<Extent> extents_;
  std::vector<NumberType> types_;
  std::vector<Step> steps_;
  std::size_t backward_begin_ = 0;
  std::vector<Lifetime> lifetimes_;
  ArenaLayout layout_;
};

}  // namespace modeseek::engine
