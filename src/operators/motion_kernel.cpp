#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "modeseek/random.hpp"
#include "operators/kernel.hpp"

namespace modeseek {
namespace {

struct Point {
  double y = 0;
  double x = 0;
};

/// A path of `steps` unit steps whose direction drifts: the turn rate is itself a random walk with
/// restoring force, so that the curve is smooth; now and then the hand jerks.
std::vector<Point> random_path(int steps, double intensity, Random& random) {
  std::vector<Point> path{Point{}};
  double direction = 2 * std::numbers::pi * random.uniform();
  double turn = 0;
  for (int i = 0; i < steps; ++i) {
    turn = 0.9 * turn + intensity * 4.0 / std::sqrt(steps) * random.normal();
    const double jerk = random.uniform();
    const double jerk_angle = std::numbers::pi * (random.uniform() - 0.5);
    if (jerk < 4.0 * intensity / steps) direction += jerk_angle;
    direction += turn / std::sqrt(steps);
    path.push_back({path.back().y + std::sin(direction), path.back().x + std::cos(direction)});
  }
  return path;
}

/// Moves the path's mean to the origin and scales its farthest coordinate to `reach`.
void fit(std::vector<Point>& path, double reach) {
  Point mean;
  for (const Point& p : path) {
    mean.y += p.y / static_cast<double>(path.size());
    mean.x += p.x / static_cast<double>(path.size());
  }
  double farthest = 0;
  for (Point& p : path) {
    p.y -= mean.y;
    p.x -= mean.x;
    farthest = std::max({farthest, std::abs(p.y), std::abs(p.x)});
  }
  const double scale = farthest > 0 ? reach / farthest : 0.0;
  for (Point& p : path) {
    p.y *= scale;
    p.x *= scale;
  }
}

/// Adds a unit mass at p, shared by the four taps around it.
void splat(const Point& p, std::int64_t size, std::vector<double>& values) {
  const double centre = static_cast<double>(size / 2);
  const double y = p.y + centre;
  const double x = p.x + centre;
  const auto row = static_cast<std::int64_t>(std::floor(y));
  const auto column = static_cast<std::int64_t>(std::floor(x));
  for (std::int64_t dy = 0; dy < 2; ++dy) {
    for (std::int64_t dx = 0; dx < 2; ++dx) {
      const std::int64_t a = row + dy;
      const std::int64_t b = column + dx;
      if (a < 0 || b < 0 || a >= size || b >= size) continue;
      values[static_cast<std::size_t>(a * size + b)] +=
          (1 - std::abs(y - static_cast<double>(a))) * (1 - std::abs(x - static_cast<double>(b)));
    }
  }
}

}  // namespace

Kernel motion_kernel(std::int64_t size, double intensity, std::uint64_t seed) {
  require_kernel_size(size);
  if (!(intensity >= 0 && intensity <= 1)) {
    throw InvalidArgument("motion intensity must be in [0, 1], found " + std::to_string(intensity));
  }
  Random random(seed);
  // Eight points a tap of path length leave no gaps between the drawn points.
  const int steps = static_cast<int>(8 * size);
  std::vector<Point> path = random_path(steps, intensity, random);
  // A path that fills three quarters of the frame, as real shake kernels are drawn.
  fit(path, 0.75 * static_cast<double>(size / 2));
  std::vector<double> values(static_cast<std::size_t>(size * size));
  for (const Point& p : path) splat(p, size, values);
  return normalised_kernel(size, size, std::move(values), "the motion kernel");
}

}  // namespace modeseek
