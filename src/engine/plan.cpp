#include "engine/plan.hpp"

#include <algorithm>
#include <utility>

#include "engine/lowering.hpp"
#include "engine/map_types.hpp"
#include "modeseek/error.hpp"

namespace modeseek::engine {

Plan::Plan(const Graph& graph, std::int64_t height, std::int64_t width, Mode mode, NumberType type,
           std::int32_t segments)
    : mode_(mode) {
  if (!graph.output().valid()) throw InvalidArgument("network: expected an output, found none");
  if (!graph.input().valid()) throw InvalidArgument("network: expected an input, found none");
  if (segments < 1) throw InvalidArgument("network: expected at least one segment");
  extents_ = infer_extents(graph, height, width);
  types_ = map_types(graph, type);
  Lowered lowered = lower(graph, extents_, types_, mode, segments);
  steps_ = std::move(lowered.steps);
  backward_begin_ = lowered.backward_begin;
  set_lifetimes(lowered.buffer_bytes);
}

void Plan::set_lifetimes(const std::vector<std::uint64_t>& bytes) {
  const auto steps = static_cast<std::int32_t>(steps_.size());
  const auto backward_begin = static_cast<std::int32_t>(backward_begin_);
  for (const std::uint64_t size : bytes) lifetimes_.push_back({size, steps, -1});
  const auto touch = [&](std::int32_t buffer, std::int32_t time) {
    if (buffer < 0) return;
    Lifetime& life = lifetimes_[static_cast<std::size_t>(buffer)];
    life.first = std::min(life.first, time);
    // What the backward phase reads of the forward phase must survive it: it may run again.
    const bool saved = life.first < backward_begin && time >= backward_begin;
    life.last = saved ? steps - 1 : std::max(life.last, time);
  };
  for (std::int32_t time = 0; time < steps; ++time) {
    const Step& step = steps_[static_cast<std::size_t>(time)];
    for (const std::int32_t buffer : step.reads) touch(buffer, time);
    for (const Write& write : step.writes) touch(write.buffer, time);
    touch(step.statistics, time);
  }
}

void Plan::place(const std::function<std::uint64_t(const Step&)>& scratch_bytes) {
  for (std::size_t time = 0; time < steps_.size(); ++time) {
    const std::uint64_t bytes = scratch_bytes(steps_[time]);
    if (bytes == 0) continue;
    steps_[time].scratch = static_cast<std::int32_t>(lifetimes_.size());
    const auto now = static_cast<std::int32_t>(time);
    lifetimes_.push_back({bytes, now, now});
  }
  layout_ = plan_arena(lifetimes_);
}

}  // namespace modeseek::engine
