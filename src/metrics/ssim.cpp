#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/threads.hpp"
#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"

namespace modeseek {
namespace {

constexpr std::int64_t kWindow = 11;
constexpr double kSigma = 1.5;

std::vector<double> gaussian_window(std::int64_t size) {
  std::vector<double> window(static_cast<std::size_t>(size));
  const double centre = static_cast<double>(size - 1) / 2;
  double sum = 0;
  for (std::size_t i = 0; i < window.size(); ++i) {
    const double t = (static_cast<double>(i) - centre) / kSigma;
    window[i] = std::exp(-0.5 * t * t);
    sum += window[i];
  }
  for (double& weight : window) weight /= sum;
  return window;
}

/// Windowed means of a, b, a^2, b^2 and ab.
enum Moment { kA, kB, kAA, kBB, kAB, kMoments };

using MomentRow = std::array<std::vector<double>, kMoments>;

/// The moments of one row of pixels, windowed along the row.
void filter_row(std::span<const float> a, std::span<const float> b, std::span<const double> window,
                MomentRow& products, MomentRow& out) {
  for (std::size_t x = 0; x < a.size(); ++x) {
    const double va = (static_cast<double>(a[x]) + 1) / 2;
    const double vb = (static_cast<double>(b[x]) + 1) / 2;
    const std::array<double, kMoments> values{va, vb, va * va, vb * vb, va * vb};
    for (std::size_t m = 0; m < kMoments; ++m) products[m][x] = values[m];
  }
  for (std::size_t m = 0; m < kMoments; ++m) {
    std::fill(out[m].begin(), out[m].end(), 0.0);
    for (std::size_t k = 0; k < window.size(); ++k) {
      const double weight = window[k];
      const double* in = products[m].data() + k;
      for (std::size_t x = 0; x < out[m].size(); ++x) out[m][x] += weight * in[x];
    }
  }
}

double similarity(double mean_a, double mean_b, double aa, double bb, double ab) {
  constexpr double kC1 = 0.01 * 0.01;
  constexpr double kC2 = 0.03 * 0.03;
  const double variance_a = aa - mean_a * mean_a;
  const double variance_b = bb - mean_b * mean_b;
  const double covariance = ab - mean_a * mean_b;
  return (2 * mean_a * mean_b + kC1) * (2 * covariance + kC2) /
         ((mean_a * mean_a + mean_b * mean_b + kC1) * (variance_a + variance_b + kC2));
}

MomentRow make_row(std::size_t width) {
  MomentRow row;
  for (auto& moment : row) moment.resize(width);
  return row;
}

/// Mean similarity of one plane. Only as many filtered rows are kept as the window is high.
double plane_ssim(std::span<const float> a, std::span<const float> b, std::size_t height,
                  std::size_t width, std::span<const double> window) {
  const std::size_t size = window.size();
  const std::size_t out_width = width - size + 1;
  MomentRow products = make_row(width);
  MomentRow mean = make_row(out_width);
  std::vector<MomentRow> ring(size, make_row(out_width));
  double sum = 0;
  for (std::size_t y = 0; y < height; ++y) {
    filter_row(a.subspan(y * width, width), b.subspan(y * width, width), window, products,
               ring[y % size]);
    if (y + 1 < size) continue;
    for (std::size_t m = 0; m < kMoments; ++m) {
      std::fill(mean[m].begin(), mean[m].end(), 0.0);
      for (std::size_t k = 0; k < size; ++k) {
        const double* in = ring[(y + 1 + k) % size][m].data();
        for (std::size_t x = 0; x < out_width; ++x) mean[m][x] += window[k] * in[x];
      }
    }
    for (std::size_t x = 0; x < out_width; ++x) {
      sum += similarity(mean[kA][x], mean[kB][x], mean[kAA][x], mean[kBB][x], mean[kAB][x]);
    }
  }
  return sum / static_cast<double>(out_width * (height - size + 1));
}

}  // namespace

double ssim(const Tensor& a, const Tensor& b) {
  const Shape& shape = a.shape();
  if (shape != b.shape() || a.empty()) {
    throw InvalidArgument("ssim: expected images of equal shape, found " + to_string(shape) +
                          " and " + to_string(b.shape()));
  }
  std::int64_t size = std::min({kWindow, shape.h, shape.w});
  if (size % 2 == 0) --size;
  const std::vector<double> window = gaussian_window(size);
  const std::int64_t planes = shape.n * shape.c;
  std::vector<double> values(static_cast<std::size_t>(planes));
  parallel_for(planes, [&](std::int64_t i) {
    values[static_cast<std::size_t>(i)] =
        plane_ssim(a.plane(0, i), b.plane(0, i), static_cast<std::size_t>(shape.h),
                   static_cast<std::size_t>(shape.w), window);
  });
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(planes);
}

}  // namespace modeseek
