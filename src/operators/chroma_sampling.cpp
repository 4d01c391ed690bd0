#include "operators/chroma_sampling.hpp"

#include <algorithm>
#include <cstddef>

namespace modeseek {
namespace {

std::size_t place(std::int64_t y, std::int64_t x, std::int64_t w) {
  return static_cast<std::size_t>(y * w + x);
}

}  // namespace

ChromaSampling::ChromaSampling(std::int64_t h, std::int64_t w) : h_(h), w_(w) {}

ChromaSampling::Tap ChromaSampling::tap(std::int64_t i, std::int64_t half) const {
  const std::int64_t nearest = i / 2;
  if (half_w() <= 2) return {nearest, nearest};
  const std::int64_t next = i % 2 == 0 ? nearest - 1 : nearest + 1;
  return {nearest, std::clamp<std::int64_t>(next, 0, half - 1)};
}

ChromaSampling::Plane ChromaSampling::reduce(const Plane& full) const {
  Plane half(static_cast<std::size_t>(half_h() * half_w()));
  for (std::int64_t y = 0; y < half_h(); ++y) {
    const std::int64_t below = std::min(2 * y + 1, h_ - 1);
    for (std::int64_t x = 0; x < half_w(); ++x) {
      const std::int64_t right = std::min(2 * x + 1, w_ - 1);
      half[place(y, x, half_w())] =
          0.25F * (full[place(2 * y, 2 * x, w_)] + full[place(2 * y, right, w_)] +
                   full[place(below, 2 * x, w_)] + full[place(below, right, w_)]);
    }
  }
  return half;
}

ChromaSampling::Plane ChromaSampling::reduce_transposed(const Plane& half) const {
  Plane full(static_cast<std::size_t>(h_ * w_));
  for (std::int64_t y = 0; y < half_h(); ++y) {
    const std::int64_t below = std::min(2 * y + 1, h_ - 1);
    for (std::int64_t x = 0; x < half_w(); ++x) {
      const std::int64_t right = std::min(2 * x + 1, w_ - 1);
      const float share = 0.25F * half[place(y, x, half_w())];
      full[place(2 * y, 2 * x, w_)] += share;
      full[place(2 * y, right, w_)] += share;
      full[place(below, 2 * x, w_)] += share;
      full[place(below, right, w_)] += share;
    }
  }
  return full;
}

ChromaSampling::Plane ChromaSampling::enlarge(const Plane& half) const {
  Plane full(static_cast<std::size_t>(h_ * w_));
  for (std::int64_t y = 0; y < h_; ++y) {
    const Tap rows = tap(y, half_h());
    const auto mixed = [&](std::int64_t x) {
      return 0.75F * half[place(rows.nearest, x, half_w())] +
             0.25F * half[place(rows.next, x, half_w())];
    };
    for (std::int64_t x = 0; x < w_; ++x) {
      const Tap columns = tap(x, half_w());
      full[place(y, x, w_)] = 0.75F * mixed(columns.nearest) + 0.25F * mixed(columns.next);
    }
  }
  return full;
}

ChromaSampling::Plane ChromaSampling::enlarge_transposed(const Plane& full) const {
  Plane half(static_cast<std::size_t>(half_h() * half_w()));
  for (std::int64_t y = 0; y < h_; ++y) {
    const Tap rows = tap(y, half_h());
    const auto spread = [&](std::int64_t x, float value) {
      half[place(rows.nearest, x, half_w())] += 0.75F * value;
      half[place(rows.next, x, half_w())] += 0.25F * value;
    };
    for (std::int64_t x = 0; x < w_; ++x) {
      const Tap columns = tap(x, half_w());
      const float value = full[place(y, x, w_)];
      spread(columns.nearest, 0.75F * value);
      spread(columns.next, 0.25F * value);
    }
  }
  return half;
}

}  // namespace modeseek
