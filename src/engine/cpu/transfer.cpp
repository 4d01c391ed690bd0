#include <algorithm>
#include <stdexcept>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/parallel.hpp"
#include "engine/cpu/step.hpp"

namespace modeseek::engine::cpu {
namespace {

/// Planar host image -> channels-last map.
void interleave(const float* planar, float* map, const Extent& extent) {
  for_chunks(extent.pixels(), chunk_of(extent.channels),
             [&](std::int64_t, std::int64_t first, std::int64_t count) {
               for (std::int64_t i = first; i < first + count; ++i)
                 for (std::int64_t c = 0; c < extent.channels; ++c)
                   map[i * extent.channels + c] = planar[c * extent.pixels() + i];
             });
}

/// Channels-last map -> planar host image.
void separate(const float* map, float* planar, const Extent& extent) {
  for_chunks(extent.pixels(), chunk_of(extent.channels),
             [&](std::int64_t, std::int64_t first, std::int64_t count) {
               for (std::int64_t c = 0; c < extent.channels; ++c)
                 for (std::int64_t i = first; i < first + count; ++i)
                   planar[c * extent.pixels() + i] = map[i * extent.channels + c];
             });
}

}  // namespace

StepCode compile_transfer(const Step& step, const Compilation& c) {
  const Extent extent = c.result(step);
  switch (step.task) {
    case Task::load_input:
    case Task::load_cotangent:
      return {0, [extent](const StepData& d) { interleave(d.host_in, d.write(0), extent); }};
    case Task::store_output:
    case Task::store_gradient:
      return {0, [extent](const StepData& d) { separate(d.read(0), d.host_out, extent); }};
    case Task::copy:
    case Task::add: {
      const auto bytes = c.plan.lifetimes()[static_cast<std::size_t>(step.reads[0])].bytes;
      const auto count = static_cast<std::int64_t>(bytes / sizeof(float));
      const bool add = step.task == Task::add;
      return {0, [count, add](const StepData& d) {
                for_flat(count, [&](std::int64_t at, std::int64_t floats) {
                  if (add)
                    kernels().add(d.read(0) + at, d.write(0) + at, d.write(0) + at, floats);
                  else
                    std::copy_n(d.read(0) + at, floats, d.write(0) + at);
                });
              }};
    }
    case Task::forward:
    case Task::backward:
      break;
  }
  throw std::logic_error("compile_transfer: expected a step that moves data");
}

}  // namespace modeseek::engine::cpu
