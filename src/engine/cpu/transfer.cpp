#include <algorithm>
#include <bit>
#include <cstdint>
#include <stdexcept>
#include <type_traits>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/parallel.hpp"
#include "engine/cpu/step.hpp"

namespace modeseek::engine::cpu {
namespace {

float to_float(float x) { return x; }
float to_float(bfloat16 x) { return std::bit_cast<float>(static_cast<std::uint32_t>(x) << 16U); }

/// The nearest number of a map's type, ties to even.
template <class T>
T element_of(float x) {
  if constexpr (std::is_same_v<T, float>) {
    return x;
  } else {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    return static_cast<T>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
  }
}

/// Planar host image -> channels-last map.
template <class T>
void interleave(const StepData& d, const Extent& extent) {
  T* map = d.write<T>(0);
  for_chunks(extent.pixels(), chunk_of(extent.channels),
             [&](std::int64_t, std::int64_t first, std::int64_t count) {
               for (std::int64_t i = first; i < first + count; ++i)
                 for (std::int64_t c = 0; c < extent.channels; ++c)
                   map[i * extent.channels + c] =
                       element_of<T>(d.load_factor * d.host_in[c * extent.pixels() + i]);
             });
}

/// Channels-last map -> planar host image, with what is skipped past the network.
template <class T>
void separate(const StepData& d, const Extent& extent) {
  const T* map = d.read<T>(0);
  for_chunks(extent.pixels(), chunk_of(extent.channels),
             [&](std::int64_t, std::int64_t first, std::int64_t count) {
               for (std::int64_t c = 0; c < extent.channels; ++c)
                 for (std::int64_t i = first; i < first + count; ++i) {
                   const std::int64_t planar = c * extent.pixels() + i;
                   const float value = d.store_factor * to_float(map[i * extent.channels + c]);
                   d.host_out[planar] = d.skip == 0 ? value : d.skip * d.host_in[planar] + value;
                 }
             });
}

template <class T>
StepCode combine(std::int64_t count, bool add) {
  return {0, [count, add](const StepData& d) {
            for_flat(count, [&](std::int64_t at, std::int64_t numbers) {
              const T* x = d.read<T>(0) + at;
              T* y = d.write<T>(0) + at;
              if (add)
                element_kernels<T>().add(x, y, y, numbers);
              else
                std::copy_n(x, numbers, y);
            });
          }};
}

}  // namespace

StepCode compile_transfer(const Step& step, const Compilation& c) {
  const Extent extent = c.result(step);
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    switch (step.task) {
      case Task::load_input:
      case Task::load_cotangent:
        return {0, [extent](const StepData& d) { interleave<T>(d, extent); }};
      case Task::store_output:
      case Task::store_gradient:
        return {0, [extent](const StepData& d) { separate<T>(d, extent); }};
      case Task::copy:
      case Task::add: {
        const auto bytes = c.plan.lifetimes()[static_cast<std::size_t>(step.reads[0])].bytes;
        return combine<T>(static_cast<std::int64_t>(bytes / sizeof(T)), step.task == Task::add);
      }
      case Task::forward:
      case Task::backward:
        break;
    }
    throw std::logic_error("compile_transfer: expected a step that moves data");
  });
}

}  // namespace modeseek::engine::cpu
