#include "restoration/resample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

/// The inputs that one output position reads, and their weights.
struct Taps {
  std::array<std::int64_t, 4> index{};
  std::array<float, 4> weight{};
};

double cubic(double t) {
  t = std::abs(t);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

double weight_at(double distance, Interpolation method) {
  switch (method) {
    case Interpolation::nearest:
      return distance > -0.5 && distance <= 0.5 ? 1.0 : 0.0;
    case Interpolation::linear:
      return std::max(0.0, 1 - std::abs(distance));
    case Interpolation::cubic:
      break;
  }
  return cubic(distance);
}

std::vector<Taps> make_taps(std::int64_t in, std::int64_t out, Interpolation method) {
  std::vector<Taps> taps(static_cast<std::size_t>(out));
  for (std::int64_t i = 0; i < out; ++i) {
    const double centre = (double(i) + 0.5) * double(in) / double(out) - 0.5;
    const auto first = static_cast<std::int64_t>(std::floor(centre)) - 1;
    Taps& t = taps[static_cast<std::size_t>(i)];
    for (std::int64_t k = 0; k < 4; ++k) {
      const auto slot = static_cast<std::size_t>(k);
      t.index[slot] = std::clamp<std::int64_t>(first + k, 0, in - 1);
      t.weight[slot] = static_cast<float>(weight_at(centre - double(first + k), method));
    }
  }
  return taps;
}

float gather(const float* line, std::int64_t stride, const Taps& taps) {
  float sum = 0;
  for (std::size_t k = 0; k < 4; ++k) sum += taps.weight[k] * line[taps.index[k] * stride];
  return sum;
}

std::string extent(std::int64_t rows, std::int64_t columns) {
  return std::to_string(rows) + "x" + std::to_string(columns);
}

}  // namespace

Tensor resample(const Tensor& x, std::int64_t rows, std::int64_t columns, Interpolation method) {
  const Shape& in = x.shape();
  if (x.empty() || rows < 1 || columns < 1) {
    throw InvalidArgument("cannot resample " + to_string(in) + " to " + extent(rows, columns));
  }
  const auto down = make_taps(in.h, rows, method);
  const auto across = make_taps(in.w, columns, method);
  Tensor out(Shape{in.n, in.c, rows, columns});
  std::vector<float> line(static_cast<std::size_t>(in.w));
  for (std::int64_t n = 0; n < in.n; ++n) {
    for (std::int64_t c = 0; c < in.c; ++c) {
      const float* plane = x.plane(n, c).data();
      float* result = out.plane(n, c).data();
      for (const Taps& row : down) {
        for (std::int64_t j = 0; j < in.w; ++j) {
          line[static_cast<std::size_t>(j)] = gather(plane + j, in.w, row);
        }
        for (const Taps& column : across) *result++ = gather(line.data(), 1, column);
      }
    }
  }
  return out;
}

Tensor crop(const Tensor& x, std::int64_t top, std::int64_t left, std::int64_t rows,
            std::int64_t columns) {
  const Shape& in = x.shape();
  if (top < 0 || left < 0 || rows < 1 || columns < 1 || rows > in.h - top ||
      columns > in.w - left) {
    throw InvalidArgument("cannot cut " + extent(rows, columns) + " at " + extent(top, left) +
                          " out of " + to_string(in));
  }
  Tensor out(Shape{in.n, in.c, rows, columns});
  for (std::int64_t n = 0; n < in.n; ++n) {
    for (std::int64_t c = 0; c < in.c; ++c) {
      const float* source = x.plane(n, c).data() + top * in.w + left;
      float* target = out.plane(n, c).data();
      for (std::int64_t r = 0; r < rows; ++r) {
        std::copy_n(source + r * in.w, columns, target + r * columns);
      }
    }
  }
  return out;
}

Tensor channel_mean(const Tensor& x) {
  const Shape& in = x.shape();
  Tensor out(Shape{in.n, 1, in.h, in.w});
  const float share = 1.0F / static_cast<float>(in.c);
  for (std::int64_t n = 0; n < in.n; ++n) {
    const auto mean = out.plane(n, 0);
    for (std::int64_t c = 0; c < in.c; ++c) {
      const auto plane = x.plane(n, c);
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += share * plane[i];
    }
  }
  return out;
}

Tensor repeat_channel(const Tensor& x, std::int64_t channels) {
  const Shape& in = x.shape();
  if (in.c != 1) throw InvalidArgument("one channel expected, found " + to_string(in));
  Tensor out(Shape{in.n, channels, in.h, in.w});
  for (std::int64_t n = 0; n < in.n; ++n) {
    for (std::int64_t c = 0; c < channels; ++c) {
      std::copy_n(x.plane(n, 0).data(), in.plane(), out.plane(n, c).data());
    }
  }
  return out;
}

}  // namespace modeseek
