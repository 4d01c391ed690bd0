#include "metrics/pil_resize.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace modeseek::metrics {
namespace {

/// The inputs from `first` on that one result is a weighted mean of.
struct Taps {
  std::int64_t first = 0;
  std::vector<double> weights;
};

double cubic(double t) {
  t = std::fabs(t);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

std::vector<Taps> make_taps(std::int64_t in, std::int64_t out) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double stretch = std::max(1.0, scale);
  const double reach = 2 * stretch;
  std::vector<Taps> all(static_cast<std::size_t>(out));
  for (std::int64_t i = 0; i < out; ++i) {
    Taps& taps = all[static_cast<std::size_t>(i)];
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    taps.first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - reach + 0.5));
    const std::int64_t end = std::min(in, static_cast<std::int64_t>(centre + reach + 0.5));
    double sum = 0;
    for (std::int64_t k = taps.first; k < end; ++k) {
      taps.weights.push_back(cubic((static_cast<double>(k) - centre + 0.5) / stretch));
      sum += taps.weights.back();
    }
    for (double& weight : taps.weights) weight /= sum;
  }
  return all;
}

float gather(const float* line, std::int64_t step, const Taps& taps) {
  double sum = 0;
  const float* pixel = line + taps.first * step;
  for (const double weight : taps.weights) {
    sum += weight * static_cast<double>(*pixel);
    pixel += step;
  }
  return static_cast<float>(sum);
}

}  // namespace

Tensor pil_resize(const Tensor& x, std::int64_t rows, std::int64_t columns) {
  const Shape& in = x.shape();
  const std::vector<Taps> across = make_taps(in.w, columns);
  const std::vector<Taps> down = make_taps(in.h, rows);
  Tensor result(Shape{in.n, in.c, rows, columns});
  std::vector<float> narrow(static_cast<std::size_t>(in.h * columns));
  for (std::int64_t plane = 0; plane < in.n * in.c; ++plane) {
    const float* source = x.plane(0, plane).data();
    float* target = narrow.data();
    for (std::int64_t y = 0; y < in.h; ++y) {
      for (const Taps& taps : across) *target++ = gather(source + y * in.w, 1, taps);
    }
    target = result.plane(0, plane).data();
    for (const Taps& taps : down) {
      for (std::int64_t j = 0; j < columns; ++j)
        *target++ = gather(&narrow[static_cast<std::size_t>(j)], columns, taps);
    }
  }
  return result;
}

}  // namespace modeseek::metrics
