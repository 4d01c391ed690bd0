#include "metrics/colour.hpp"

#include <algorithm>

#include "modeseek/error.hpp"

namespace modeseek::metrics {

void require_rgb_or_grey(const Shape& shape, const std::string& metric) {
  if (shape.c == 1 || shape.c == 3) return;
  throw InvalidArgument(metric + ": expected a grey or RGB picture, found " + to_string(shape));
}

Tensor rgb_sample(const Tensor& x, std::int64_t n, const std::string& metric) {
  const Shape& shape = x.shape();
  require_rgb_or_grey(shape, metric);
  Tensor rgb(Shape{1, 3, shape.h, shape.w});
  for (std::int64_t c = 0; c < 3; ++c) {
    std::ranges::copy(x.plane(n, shape.c == 1 ? 0 : c), rgb.plane(0, c).begin());
  }
  return rgb;
}

}  // namespace modeseek::metrics
