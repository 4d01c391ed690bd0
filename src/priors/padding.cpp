#include "priors/padding.hpp"

#include <algorithm>

namespace modeseek::priors {
namespace {

/// Reflection of any index into [0, n), without repeating the border.
std::int64_t reflected(std::int64_t i, std::int64_t n) {
  if (n == 1) return 0;
  const std::int64_t period = 2 * (n - 1);
  const std::int64_t folded = ((i % period) + period) % period;
  return folded < n ? folded : period - folded;
}

std::int64_t margin(std::int64_t n, std::int64_t multiple) {
  return (n + multiple - 1) / multiple * multiple - n;
}

std::vector<std::int64_t> sources(std::int64_t n, std::int64_t multiple) {
  const std::int64_t padding = margin(n, multiple);
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < n + padding; ++i) result.push_back(reflected(i - padding / 2, n));
  return result;
}

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

Padding::Padding(std::int64_t channels, std::int64_t height, std::int64_t width,
                 std::int64_t multiple)
    : channels_(channels),
      height_(height),
      width_(width),
      top_(margin(height, multiple) / 2),
      left_(margin(width, multiple) / 2),
      rows_(sources(height, multiple)),
      columns_(sources(width, multiple)) {}

void Padding::pad(std::span<const float> image, float factor, std::span<float> padded) const {
  std::size_t out = 0;
  for (std::int64_t c = 0; c < channels_; ++c)
    for (const std::int64_t row : rows_) {
      const std::span<const float> source = image.subspan(at((c * height_ + row) * width_));
      for (const std::int64_t column : columns_) padded[out++] = factor * source[at(column)];
    }
}

void Padding::add_adjoint(std::span<const float> padded, float factor,
                          std::span<float> image) const {
  std::size_t in = 0;
  for (std::int64_t c = 0; c < channels_; ++c)
    for (const std::int64_t row : rows_) {
      const std::span<float> target = image.subspan(at((c * height_ + row) * width_));
      for (const std::int64_t column : columns_) target[at(column)] += factor * padded[in++];
    }
}

void Padding::add_crop(std::span<const float> padded, float factor, std::span<float> image) const {
  std::size_t out = 0;
  for (std::int64_t c = 0; c < channels_; ++c)
    for (std::int64_t y = 0; y < height_; ++y) {
      const std::int64_t row = (c * padded_height() + top_ + y) * padded_width() + left_;
      for (std::int64_t x = 0; x < width_; ++x) image[out++] += factor * padded[at(row + x)];
    }
}

void Padding::embed(std::span<const float> image, float factor, std::span<float> padded) const {
  std::fill(padded.begin(), padded.end(), 0.0F);
  std::size_t in = 0;
  for (std::int64_t c = 0; c < channels_; ++c)
    for (std::int64_t y = 0; y < height_; ++y) {
      const std::int64_t row = (c * padded_height() + top_ + y) * padded_width() + left_;
      for (std::int64_t x = 0; x < width_; ++x) padded[at(row + x)] = factor * image[in++];
    }
}

}  // namespace modeseek::priors
