#include <algorithm>
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

  template <class T>
  void run(const T* x, T* y, bool accumulate) const {
    const std::int64_t channels = from.channels;
    const std::int64_t chunk = chunk_of(to.width * channels);
    for_chunks(to.height, chunk, [&](std::int64_t, std::int64_t first, std::int64_t rows) {
      std::vector<float> sum(static_cast<std::size_t>(channels));
      for (std::int64_t row = first; row < first + rows; ++row)
        for (std::int64_t column = 0; column < to.width; ++column) {
          gather(x, row, column, sum);
          element_kernels<T>().store(sum.data(), accumulate,
                                     y + (row * to.width + column) * channels, channels);
        }
    });
  }

 private:
  template <class T>
  void gather(const T* x, std::int64_t row, std::int64_t column, std::vector<float>& sum) const {
    const std::int64_t channels = from.channels;
    bool add = false;
    for_sources(row, from.height, [&](std::int64_t i, float tap_y) {
      for_sources(column, from.width, [&](std::int64_t j, float tap_x) {
        element_kernels<T>().gather(x + (i * from.width + j) * channels, tap_y * tap_x, add,
                                    sum.data(), channels);
        add = true;
      });
    });
    if (!add) std::ranges::fill(sum, 0.0F);
  }
};

/// Forward, and backward, where the transpose runs from the result's extent to the input's.
StepCode compile_fir(const FirFilter& filter, bool down, const Step& step, const Compilation& c) {
  const FirCode code = step.task == Task::forward
                           ? FirCode{filter, c.input(step), c.result(step), down}
                           : FirCode{filter, c.result(step), c.input(step), !down};
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    return {0,
            [code](const StepData& d) { code.run(d.read<T>(0), d.write<T>(0), d.accumulate(0)); }};
  });
}

/// Moves between a deep map [4 C, H, W] and a wide one [C, 2 H, 2 W].
struct Shuffle {
  Extent deep;
  bool to_wide;

  template <class T>
  void run(const T* x, T* y, bool accumulate) const {
    for_chunks(deep.height, chunk_of(deep.width * deep.channels),
               [&](std::int64_t, std::int64_t first, std::int64_t count) {
                 std::vector<T> pixel(static_cast<std::size_t>(deep.channels));
                 for (std::int64_t row = first; row < first + count; ++row)
                   for (std::int64_t column = 0; column < deep.width; ++column)
                     to_wide ? spread(x, y, row, column, accumulate, pixel)
                             : collect(x, y, row, column, accumulate, pixel);
               });
  }

 private:
  std::int64_t deep_at(std::int64_t row, std::int64_t column) const {
    return (row * deep.width + column) * deep.channels;
  }
  /// Where the wide map has the pixel (part / 2, part % 2) of a block.
  std::int64_t wide_at(std::int64_t row, std::int64_t column, std::int64_t part) const {
    const std::int64_t wide_row = 2 * row + part / 2;
    return (wide_row * 2 * deep.width + 2 * column + part % 2) * (deep.channels / 4);
  }

  template <class T>
  void spread(const T* x, T* y, std::int64_t row, std::int64_t column, bool accumulate,
              std::vector<T>& pixel) const {
    const std::int64_t channels = deep.channels / 4;
    const T* from = x + deep_at(row, column);
    for (std::int64_t part = 0; part < 4; ++part) {
      for (std::int64_t c = 0; c < channels; ++c) pixel[at(c)] = from[4 * c + part];
      put(pixel.data(), y + wide_at(row, column, part), channels, accumulate);
    }
  }

  template <class T>
  void collect(const T* x, T* y, std::int64_t row, std::int64_t column, bool accumulate,
               std::vector<T>& pixel) const {
    const std::int64_t channels = deep.channels / 4;
    for (std::int64_t part = 0; part < 4; ++part) {
      const T* from = x + wide_at(row, column, part);
      for (std::int64_t c = 0; c < channels; ++c) pixel[at(4 * c + part)] = from[c];
    }
    put(pixel.data(), y + deep_at(row, column), deep.channels, accumulate);
  }

  template <class T>
  static void put(const T* x, T* y, std::int64_t count, bool accumulate) {
    if (accumulate)
      element_kernels<T>().add(x, y, y, count);
    else
      std::copy_n(x, count, y);
  }

  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
};

StepCode compile_shuffle(const Extent& deep, bool to_wide, NumberType type) {
  const Shuffle shuffle{deep, to_wide};
  return with_type(type, [&]<class T>(T) -> StepCode {
    return {0, [shuffle](const StepData& d) {
              shuffle.run(d.read<T>(0), d.write<T>(0), d.accumulate(0));
            }};
  });
}

}  // namespace

StepCode compile(const FirDown& fir, const Step& step, const Compilation& c) {
  return compile_fir(fir.filter, true, step, c);
}

StepCode compile(const FirUp& fir, const Step& step, const Compilation& c) {
  return compile_fir(fir.filter, false, step, c);
}

StepCode compile(const SpaceToDepth&, const Step& step, const Compilation& c) {
  return compile_shuffle(c.result(step), step.task == Task::backward, c.result_type(step));
}

StepCode compile(const DepthToSpace&, const Step& step, const Compilation& c) {
  return compile_shuffle(c.input(step), step.task == Task::forward, c.result_type(step));
}

}  // namespace modeseek::engine::cpu
