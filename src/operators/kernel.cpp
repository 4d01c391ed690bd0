#include "operators/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

constexpr double kZeroSum = 1e-6;
constexpr double kSymmetry = 1e-9;

void require_positive(double value, const char* name) {
  if (!(value > 0) || !std::isfinite(value)) {
    throw InvalidArgument(std::string(name) + " must be positive, found " + std::to_string(value));
  }
}

std::vector<double> gaussian_taps(std::int64_t size, double deviation) {
  std::vector<double> taps;
  for (std::int64_t i = 0; i < size; ++i) {
    const double t = static_cast<double>(i - size / 2) / deviation;
    taps.push_back(std::exp(-0.5 * t * t));
  }
  return taps;
}

/// Share of the unit pixel centred at (y, x) that a disk around the origin covers, by 16 x 16
/// samples where the border may cross it.
double coverage(double y, double x, double radius) {
  constexpr int kSamples = 16;
  const double distance = std::hypot(y, x);
  if (distance + 0.7072 <= radius) return 1.0;
  if (distance - 0.7072 >= radius) return 0.0;
  int inside = 0;
  for (int i = 0; i < kSamples; ++i) {
    for (int j = 0; j < kSamples; ++j) {
      const double sy = y + (i + 0.5) / kSamples - 0.5;
      const double sx = x + (j + 0.5) / kSamples - 0.5;
      if (sy * sy + sx * sx <= radius * radius) ++inside;
    }
  }
  return inside / static_cast<double>(kSamples * kSamples);
}

}  // namespace

void require_kernel_size(std::int64_t size) {
  if (size < 1 || size > kMaxKernelSize || size % 2 == 0) {
    throw InvalidArgument("kernel size must be odd, 1 to " + std::to_string(kMaxKernelSize) +
                          ", found " + std::to_string(size));
  }
}

Kernel normalised_kernel(std::int64_t h, std::int64_t w, std::vector<double> values,
                         const char* name) {
  if (h < 1 || w < 1 || h > kMaxKernelSize || w > kMaxKernelSize) {
    throw InvalidArgument(std::string(name) + " has " + std::to_string(h) + "x" +
                          std::to_string(w) + " taps, expected 1x1 to " +
                          std::to_string(kMaxKernelSize) + "x" + std::to_string(kMaxKernelSize));
  }
  double sum = 0;
  double magnitude = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) {
      throw InvalidArgument(std::string(name) + " holds a value that is not finite");
    }
    sum += value;
    magnitude += std::abs(value);
  }
  if (!(sum > kZeroSum * magnitude)) {
    throw InvalidArgument(std::string(name) + " has a " +
                          (sum < -kZeroSum * magnitude ? "negative" : "zero") +
                          " sum, a blur needs a positive one");
  }
  for (double& value : values) value /= sum;
  return {h, w, h / 2, w / 2, std::move(values)};
}

Kernel gaussian_kernel(std::int64_t size, double std_y, double std_x) {
  require_kernel_size(size);
  require_positive(std_y, "standard deviation");
  require_positive(std_x, "standard deviation");
  const std::vector<double> rows = gaussian_taps(size, std_y);
  const std::vector<double> columns = gaussian_taps(size, std_x);
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(size * size));
  for (const double y : rows) {
    for (const double x : columns) values.push_back(y * x);
  }
  return normalised_kernel(size, size, std::move(values), "the Gaussian kernel");
}

Kernel uniform_kernel(std::int64_t size) {
  require_kernel_size(size);
  return normalised_kernel(size, size,
                           std::vector<double>(static_cast<std::size_t>(size * size), 1),
                           "the uniform kernel");
}

Kernel disk_kernel(double radius) {
  require_positive(radius, "disk radius");
  constexpr double kMaxRadius = static_cast<double>(kMaxKernelSize / 2);
  if (radius > kMaxRadius) {
    throw InvalidArgument("disk radius must be at most " + std::to_string(kMaxKernelSize / 2) +
                          ", found " + std::to_string(radius));
  }
  const std::int64_t reach =
      std::min(static_cast<std::int64_t>(std::ceil(radius - 0.5)), kMaxKernelSize / 2);
  std::vector<double> values;
  for (std::int64_t y = -reach; y <= reach; ++y) {
    for (std::int64_t x = -reach; x <= reach; ++x) {
      values.push_back(coverage(static_cast<double>(y), static_cast<double>(x), radius));
    }
  }
  const std::int64_t size = 2 * reach + 1;
  return normalised_kernel(size, size, std::move(values), "the disk kernel");
}

Kernel kernel_from_array(const Tensor& array) {
  const Shape& shape = array.shape();
  if (shape.n != 1 || shape.c < 1) {
    throw InvalidArgument("the kernel has shape " + to_string(shape) + ", expected [1,C,H,W]");
  }
  if (shape.h < 1 || shape.w < 1 || shape.h > kMaxKernelSize || shape.w > kMaxKernelSize) {
    return normalised_kernel(shape.h, shape.w, {}, "the kernel");
  }
  std::vector<double> values(static_cast<std::size_t>(shape.plane()));
  for (std::int64_t c = 0; c < shape.c; ++c) {
    const auto plane = array.plane(0, c);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += static_cast<double>(plane[i]);
  }
  return normalised_kernel(shape.h, shape.w, std::move(values), "the kernel");
}

Kernel wrapped_kernel(const Kernel& kernel, std::int64_t rows, std::int64_t columns) {
  const auto modulo = [](std::int64_t a, std::int64_t n) { return ((a % n) + n) % n; };
  Kernel wrapped{rows, columns, 0, 0, {}};
  wrapped.values.resize(static_cast<std::size_t>(rows * columns));
  for (std::int64_t a = 0; a < kernel.h; ++a) {
    for (std::int64_t b = 0; b < kernel.w; ++b) {
      const std::int64_t y = modulo(a - kernel.anchor_y, rows);
      const std::int64_t x = modulo(b - kernel.anchor_x, columns);
      wrapped.values[static_cast<std::size_t>(y * columns + x)] += kernel(a, b);
    }
  }
  return wrapped;
}

Kernel cropped_kernel(const Kernel& kernel, std::int64_t rows, std::int64_t columns) {
  const std::int64_t top = std::max<std::int64_t>(0, kernel.anchor_y - rows);
  const std::int64_t left = std::max<std::int64_t>(0, kernel.anchor_x - columns);
  const std::int64_t bottom = std::min(kernel.h, kernel.anchor_y + rows + 1);
  const std::int64_t right = std::min(kernel.w, kernel.anchor_x + columns + 1);
  Kernel cropped{bottom - top, right - left, kernel.anchor_y - top, kernel.anchor_x - left, {}};
  for (std::int64_t a = top; a < bottom; ++a) {
    for (std::int64_t b = left; b < right; ++b) cropped.values.push_back(kernel(a, b));
  }
  return cropped;
}

bool is_symmetric(const Kernel& kernel) {
  if (2 * kernel.anchor_y + 1 != kernel.h || 2 * kernel.anchor_x + 1 != kernel.w) return false;
  const double largest =
      std::abs(*std::max_element(kernel.values.begin(), kernel.values.end(),
                                 [](double a, double b) { return std::abs(a) < std::abs(b); }));
  for (std::int64_t a = 0; a < kernel.h; ++a) {
    for (std::int64_t b = 0; b < kernel.w; ++b) {
      const double difference = std::max(std::abs(kernel(a, b) - kernel(kernel.h - 1 - a, b)),
                                         std::abs(kernel(a, b) - kernel(a, kernel.w - 1 - b)));
      if (difference > kSymmetry * largest) return false;
    }
  }
  return true;
}

}  // namespace modeseek
