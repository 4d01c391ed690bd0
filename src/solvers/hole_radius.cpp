#include "solvers/hole_radius.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

namespace modeseek {
namespace {

/// One sweep of the chessboard distance transform (Rosenfeld and Pfaltz 1966): each pixel is one
/// more than the least of the four neighbours that the sweep has already passed.
void sweep(std::vector<std::int32_t>& distance, std::int64_t height, std::int64_t width,
           bool forward) {
  const std::int64_t step = forward ? -1 : 1;
  for (std::int64_t i = 0; i < height; ++i) {
    const std::int64_t row = forward ? i : height - 1 - i;
    for (std::int64_t k = 0; k < width; ++k) {
      const std::int64_t column = forward ? k : width - 1 - k;
      auto& here = distance[static_cast<std::size_t>(row * width + column)];
      for (const auto& [dy, dx] : {std::pair{step, step},
                                   {step, std::int64_t{0}},
                                   {step, -step},
                                   {std::int64_t{0}, step}}) {
        const std::int64_t y = row + dy;
        const std::int64_t x = column + dx;
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        here = std::min(here, distance[static_cast<std::size_t>(y * width + x)] + 1);
      }
    }
  }
}

}  // namespace

std::int64_t hole_radius(const Tensor& known) {
  const Shape& shape = known.shape();
  const auto plane = static_cast<std::size_t>(shape.plane());
  const std::span<const float> values = known.values();
  const auto far = static_cast<std::int32_t>(shape.h + shape.w);
  std::int32_t radius = 0;
  std::vector<std::int32_t> distance(plane);
  for (std::size_t start = 0; start < values.size(); start += plane) {
    for (std::size_t i = 0; i < plane; ++i) {
      distance[i] = values[start + i] != 0.0F ? 0 : far;
    }
    sweep(distance, shape.h, shape.w, true);
    sweep(distance, shape.h, shape.w, false);
    radius = std::max(radius, *std::max_element(distance.begin(), distance.end()));
  }
  return radius;
}

}  // namespace modeseek
