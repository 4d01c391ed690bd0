#include <algorithm>
#include <vector>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/parallel.hpp"
#include "engine/cpu/step.hpp"

namespace modeseek::engine::cpu {
namespace {

/// Positions [begin, end) of one axis.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
};

/// A pooling from `large` to `small`, and back by gathering.
struct PoolCode {
  Pool pool;
  Extent large;
  Extent small;

  /// The pixels of window `o` that lie on an axis of n.
  Range window(std::int64_t o, std::int64_t n) const {
    const std::int64_t first = o * pool.stride - pool.padding;
    return {std::max<std::int64_t>(0, first), std::min(n, first + pool.size)};
  }

  /// The windows, of n on an axis, that pixel i belongs to.
  Range windows(std::int64_t i, std::int64_t n) const {
    const std::int64_t place = i + pool.padding;
    const std::int64_t first = place < pool.size ? 0 : (place - pool.size) / pool.stride + 1;
    return {first, std::min(n, place / pool.stride + 1)};
  }

  float share(const Range& rows, const Range& columns) const {
    return 1.0F / static_cast<float>(rows.size() * columns.size());
  }

  /// Sets every pixel of a map to what body(row, column, sum) makes of a row of channels.
  template <class T, class Body>
  static void fill(const Extent& extent, T* y, bool accumulate, const Body& body) {
    const std::int64_t channels = extent.channels;
    for_chunks(extent.height, chunk_of(extent.width * channels),
               [&](std::int64_t, std::int64_t first, std::int64_t rows) {
                 std::vector<float> sum(static_cast<std::size_t>(channels));
                 for (std::int64_t row = first; row < first + rows; ++row)
                   for (std::int64_t column = 0; column < extent.width; ++column) {
                     body(row, column, sum);
                     element_kernels<T>().store(sum.data(), accumulate, y + at(extent, row, column),
                                                channels);
                   }
               });
  }

  template <class T>
  void forward(const T* x, T* y) const {
    fill(small, y, false, [&](std::int64_t row, std::int64_t column, std::vector<float>& sum) {
      const Range rows = window(row, large.height);
      const Range columns = window(column, large.width);
      bool again = false;
      for (std::int64_t i = rows.begin; i < rows.end; ++i)
        for (std::int64_t j = columns.begin; j < columns.end; ++j) {
          const T* pixel = x + at(large, i, j);
          if (pool.kind == Pool::Kind::maximum)
            element_kernels<T>().raise(pixel, again, sum.data(), large.channels);
          else
            element_kernels<T>().gather(pixel, share(rows, columns), again, sum.data(),
                                        large.channels);
          again = true;
        }
    });
  }

  /// `x` and its pooled `y` are looked at for the largest values only.
  template <class T>
  void backward(const T* g, const T* y, const T* x, T* dx, bool accumulate) const {
    fill(large, dx, accumulate, [&](std::int64_t i, std::int64_t j, std::vector<float>& sum) {
      std::ranges::fill(sum, 0.0F);
      const Range rows = windows(i, small.height);
      const Range columns = windows(j, small.width);
      for (std::int64_t row = rows.begin; row < rows.end; ++row)
        for (std::int64_t column = columns.begin; column < columns.end; ++column) {
          const std::int64_t from = at(small, row, column);
          if (pool.kind == Pool::Kind::maximum)
            element_kernels<T>().gather_where_equal(g + from, x + at(large, i, j), y + from,
                                                    sum.data(), large.channels);
          else
            element_kernels<T>().gather(
                g + from, share(window(row, large.height), window(column, large.width)), true,
                sum.data(), large.channels);
        }
    });
  }

 private:
  static std::int64_t at(const Extent& extent, std::int64_t row, std::int64_t column) {
    return (row * extent.width + column) * extent.channels;
  }
};

}  // namespace

StepCode compile(const Pool& pool, const Step& step, const Compilation& c) {
  const PoolCode code{pool, c.input(step), c.result(step)};
  const bool backward = step.task == Task::backward;
  const bool compares = pool.kind == Pool::Kind::maximum;
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    return {0, [=](const StepData& d) {
              if (!backward)
                code.forward(d.read<T>(0), d.write<T>(0));
              else
                code.backward(d.read<T>(0), compares ? d.read<T>(1) : nullptr,
                              compares ? d.read<T>(2) : nullptr, d.write<T>(0), d.accumulate(0));
            }};
  });
}

}  // namespace modeseek::engine::cpu
