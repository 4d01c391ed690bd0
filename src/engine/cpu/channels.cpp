#include <algorithm>
#include <vector>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/parallel.hpp"
#include "engine/cpu/step.hpp"

namespace modeseek::engine::cpu {
namespace {

/// A range of channels of a map.
struct Channels {
  std::int64_t all;    ///< channels of the map
  std::int64_t first;  ///< of the range
};

/// Copies or adds `count` channels of every pixel from one map to another.
template <class T>
void move(const T* x, Channels from, T* y, Channels to, std::int64_t count, std::int64_t pixels,
          bool accumulate) {
  for_chunks(pixels, chunk_of(count), [&](std::int64_t, std::int64_t start, std::int64_t rows) {
    for (std::int64_t i = start; i < start + rows; ++i) {
      const T* source = x + i * from.all + from.first;
      T* target = y + i * to.all + to.first;
      if (accumulate)
        element_kernels<T>().add(source, target, target, count);
      else
        std::copy_n(source, count, target);
    }
  });
}

}  // namespace

StepCode compile(const Concat&, const Step& step, const Compilation& c) {
  const std::int64_t all = c.result(step).channels;
  const std::int64_t pixels = c.result(step).pixels();
  std::vector<std::int64_t> counts;
  for (const Value v : c.operation(step).inputs) counts.push_back(c.extent(v).channels);
  const bool backward = step.task == Task::backward;
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    return {0, [=](const StepData& d) {
              std::int64_t first = 0;
              for (std::size_t i = 0; i < counts.size(); ++i) {
                const Channels whole{all, first};
                const Channels part{counts[i], 0};
                if (backward)
                  move(d.read<T>(0), whole, d.write<T>(i), part, counts[i], pixels,
                       d.accumulate(i));
                else
                  move(d.read<T>(i), part, d.write<T>(0), whole, counts[i], pixels, false);
                first += counts[i];
              }
            }};
  });
}

StepCode compile(const Slice& slice, const Step& step, const Compilation& c) {
  const Channels whole{c.input(step).channels, slice.first};
  const Channels part{slice.count, 0};
  const std::int64_t pixels = c.result(step).pixels();
  const bool backward = step.task == Task::backward;
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    return {0, [=](const StepData& d) {
              const T* x = d.read<T>(0);
              T* y = d.write<T>(0);
              if (!backward) return move(x, whole, y, part, part.all, pixels, false);
              if (!d.accumulate(0)) std::fill_n(y, whole.all * pixels, T{});
              move(x, part, y, whole, part.all, pixels, true);
            }};
  });
}

}  // namespace modeseek::engine::cpu
