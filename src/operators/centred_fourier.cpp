#include "operators/centred_fourier.hpp"

#include <cmath>
#include <cstddef>

namespace modeseek {
namespace {

/// The row-major index of (y, x) moved cyclically by (dy, dx).
std::size_t moved(std::int64_t y, std::int64_t x, std::int64_t dy, std::int64_t dx, std::int64_t h,
                  std::int64_t w) {
  return static_cast<std::size_t>((y + dy) % h * w + (x + dx) % w);
}

}  // namespace

CentredFourier::CentredFourier(std::int64_t h, std::int64_t w)
    : transform_(TransformKind::fourier, h, w) {}

CentredFourier::Plane CentredFourier::forward(const Plane& image) const {
  Plane plane(image.size());
  for (std::int64_t y = 0; y < h(); ++y) {
    for (std::int64_t x = 0; x < w(); ++x) {
      plane[static_cast<std::size_t>(y * w() + x)] = image[moved(y, x, h() / 2, w() / 2, h(), w())];
    }
  }
  transform_.forward(plane);
  Plane spectrum(image.size());
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(image.size())));
  for (std::int64_t l = 0; l < w(); ++l) {
    for (std::int64_t k = 0; k < h(); ++k) {
      spectrum[moved(k, l, h() / 2, w() / 2, h(), w())] =
          scale * plane[static_cast<std::size_t>(l * h() + k)];
    }
  }
  return spectrum;
}

CentredFourier::Plane CentredFourier::inverse(const Plane& spectrum) const {
  Plane plane(spectrum.size());
  const auto scale = static_cast<float>(std::sqrt(static_cast<double>(spectrum.size())));
  for (std::int64_t l = 0; l < w(); ++l) {
    for (std::int64_t k = 0; k < h(); ++k) {
      plane[static_cast<std::size_t>(l * h() + k)] =
          scale * spectrum[moved(k, l, h() / 2, w() / 2, h(), w())];
    }
  }
  transform_.inverse(plane);
  Plane image(spectrum.size());
  for (std::int64_t y = 0; y < h(); ++y) {
    for (std::int64_t x = 0; x < w(); ++x) {
      image[moved(y, x, h() / 2, w() / 2, h(), w())] = plane[static_cast<std::size_t>(y * w() + x)];
    }
  }
  return image;
}

std::size_t CentredFourier::opposite(std::size_t i) const {
  const auto place = static_cast<std::int64_t>(i);
  const std::int64_t y = (2 * (h() / 2) - place / w() + h()) % h();
  const std::int64_t x = (2 * (w() / 2) - place % w() + w()) % w();
  return static_cast<std::size_t>(y * w() + x);
}

}  // namespace modeseek
