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
void move(const float* x, Channels from, float* y, Channels to, std::int64_t count,
          std::int64_t pixels, bool accumulate) {
  for_chunks(pixels, chunk_of(count), [&](std::int64_t, std::int64_t start, std::int64_t rows) {
    for (std::int64_t i = start; i < start + rows; ++i) {
      const float* source = x + i * from.all + from.first;
      float* target = y + i * to.all + to.first;
      if (accumulate)
        kernels().add(source, target, target, count);
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
  return {0, [=](const StepData& d) {
            std::int64_t first = 0;
            for (std::size_t i = 0; i < counts.size(); ++i) {
              const Channels whole{all, first};
              const Channels part{counts[i], 0};
              if (backward)
                move(d.read(0), whole, d.write(i), part, counts[i], pixels, d.accumulate(i));
              else
                move(d.read(i), part, d.write(0), whole, counts[i], pixels, false);
              first += counts[i];
            }
          }};
}

StepCode compile(const Slice& slice, const Step& step, const Compilation& c) {
  const Channels whole{c.input(step).channels, slice.first};
  const Channels part{slice.count, 0};
  const std::int64_t pixels = c.result(step).pixels();
  if (step.task == Task::forward)
    return {0, [=](const StepData& d) {
              move(d.read(0), whole, d.write(0), part, part.all, pixels, false);
            }};
  return {0, [=](const StepData& d) {
            if (!d.accumulate(0)) std::fill_n(d.write(0), whole.all * pixels, 0.0F);
            move(d.read(0), part, d.write(0), whole, part.all, pixels, true);
          }};
}

}  // namespace modeseek::engine::cpu
