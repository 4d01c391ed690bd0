#include <algorithm>
#include <cstring>
#include <vector>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/parallel.hpp"
#include "engine/cpu/step.hpp"

namespace modeseek::engine::cpu {
namespace {

/// Resampling from `from` to `to` by gathering: which source rows or columns meet which taps.
struct FirCode {
  FirFilter filter;
  Extent from;
  Extent to;
  bool down;

  /// body(source index, tap) for everything that contributes to position j of an axis of n sources.
  template <class Body>
  void for_sources(std::int64_t j, std::int64_t n, const Body& body) const {
    const auto taps = static_cast<std::int64_t>(filter.taps.size());
    for (std::int64_t k = 0; k < taps; ++k) {
      const float tap = filter.taps[static_cast<std::size_t>(k)];
      const std::int64_t place = down ? 2 * j + k - filter.pad_before : j + filter.pad_before - k;
      if (!down && place % 2 != 0) continue;
      const std::int64_t i = down ? place : place / 2;
      if (place >= 0 && i < n) body(i, tap);
    }
  }

  void run(const float* x, float* y, bool accumulate) const {
    const std::int64_t channels = from.channels;
    const std::int64_t chunk = chunk_of(to.width * channels);
    for_chunks(to.height, chunk, [&](std::int64_t, std::int64_t first, std::int64_t rows) {
      for (std::int64_t row = first; row < first + rows; ++row)
        for (std::int64_t column = 0; column < to.width; ++column)
          pixel(x, row, column, y + (row * to.width + column) * channels, accumulate);
    });
  }

 private:
  void pixel(const float* x, std::int64_t row, std::int64_t column, float* y,
             bool accumulate) const {
    const std::int64_t channels = from.channels;
    bool add = accumulate;
    for_sources(row, from.height, [&](std::int64_t i, float tap_y) {
      for_sources(column, from.width, [&](std::int64_t j, float tap_x) {
        kernels().scale(x + (i * from.width + j) * channels, tap_y * tap_x, add, y, channels);
        add = true;
      });
    });
    if (!add) std::fill_n(y, channels, 0.0F);
  }
};

/// Forward, and backward, where the transpose runs from the result's extent to the input's.
StepCode compile_fir(const FirFilter& filter, bool down, const Step& step, const Compilation& c) {
  const FirCode code = step.task == Task::forward
                           ? FirCode{filter, c.input(step), c.result(step), down}
                           : FirCode{filter, c.result(step), c.input(step), !down};
  return {0, [code](const StepData& d) { code.run(d.read(0), d.write(0), d.accumulate(0)); }};
}

/// Moves between a deep map [4 C, H, W] and a wide one [C, 2 H, 2 W].
struct Shuffle {
  Extent deep;
  bool to_wide;

  void run(const float* x, float* y, bool accumulate) const {
    accumulate ? rows<true>(x, y) : rows<false>(x, y);
  }

 private:
  template <bool accumulate>
  void rows(const float* x, float* y) const {
    for_chunks(deep.height, chunk_of(deep.width * deep.channels),
               [&](std::int64_t, std::int64_t first, std::int64_t count) {
                 for (std::int64_t row = first; row < first + count; ++row)
                   for (std::int64_t column = 0; column < deep.width; ++column)
                     to_wide ? pixel<accumulate, true>(x, y, row, column)
                             : pixel<accumulate, false>(x, y, row, column);
               });
  }

  template <bool accumulate, bool wide_result>
  void pixel(const float* x, float* y, std::int64_t row, std::int64_t column) const {
    const std::int64_t channels = deep.channels / 4;
    const std::int64_t deep_at = (row * deep.width + column) * deep.channels;
    for (std::int64_t part = 0; part < 4; ++part) {
      const std::int64_t wide_row = 2 * row + part / 2;
      const std::int64_t wide_at = (wide_row * 2 * deep.width + 2 * column + part % 2) * channels;
      const float* from = x + (wide_result ? deep_at + part : wide_at);
      float* to = y + (wide_result ? wide_at : deep_at + part);
      for (std::int64_t c = 0; c < channels; ++c) {
        const float value = wide_result ? from[4 * c] : from[c];
        float& target = wide_result ? to[c] : to[4 * c];
        target = accumulate ? target + value : value;
      }
    }
  }
};

StepCode compile_shuffle(const Extent& deep, bool to_wide) {
  const Shuffle shuffle{deep, to_wide};
  return {0, [shuffle](const StepData& d) { shuffle.run(d.read(0), d.write(0), d.accumulate(0)); }};
}

}  // namespace

StepCode compile(const FirDown& fir, const Step& step, const Compilation& c) {
  return compile_fir(fir.filter, true, step, c);
}

StepCode compile(const FirUp& fir, const Step& step, const Compilation& c) {
  return compile_fir(fir.filter, false, step, c);
}

StepCode compile(const SpaceToDepth&, const Step& step, const Compilation& c) {
  return compile_shuffle(c.result(step), step.task == Task::backward);
}

StepCode compile(const DepthToSpace&, const Step& step, const Compilation& c) {
  return compile_shuffle(c.input(step), step.task == Task::forward);
}

}  // namespace modeseek::engine::cpu
