#include "operators/walsh_hadamard.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "modeseek/random.hpp"

namespace modeseek {

void walsh_hadamard(std::span<float> values) {
  const std::size_t n = values.size();
  for (std::size_t half = 1; half < n; half *= 2) {
    for (std::size_t start = 0; start < n; start += 2 * half) {
      for (std::size_t i = start; i < start + half; ++i) {
        const float a = values[i];
        const float b = values[i + half];
        values[i] = a + b;
        values[i + half] = a - b;
      }
    }
  }
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(n)));
  for (float& value : values) value *= scale;
}

PermutedHadamard::PermutedHadamard(std::int64_t length, std::uint64_t seed) {
  if (length < 1 || length > std::numeric_limits<std::uint32_t>::max()) {
    throw InvalidArgument("compressed sensing of " + std::to_string(length) +
                          " pixels, expected 1 to 2^32 - 1");
  }
  order_.resize(static_cast<std::size_t>(length));
  std::iota(order_.begin(), order_.end(), 0U);
  // Fisher and Yates, as in Knuth, TAOCP 3.4.2, algorithm P.
  Random random(seed);
  for (std::size_t i = order_.size(); i > 1; --i) {
    std::swap(order_[i - 1], order_[random.below(static_cast<std::uint32_t>(i))]);
  }
  for (std::size_t left = order_.size(); left > 0;) {
    blocks_.push_back(std::bit_floor(left));
    left -= blocks_.back();
  }
}

void PermutedHadamard::transform_blocks(std::span<float> values) const {
  std::size_t start = 0;
  for (const std::size_t block : blocks_) {
    walsh_hadamard(values.subspan(start, block));
    start += block;
  }
}

void PermutedHadamard::forward(std::span<const float> values, std::span<float> coefficients) const {
  for (std::size_t i = 0; i < order_.size(); ++i) coefficients[i] = values[order_[i]];
  transform_blocks(coefficients);
}

void PermutedHadamard::inverse(std::span<const float> coefficients, std::span<float> values) const {
  std::vector<float> mixed(coefficients.begin(), coefficients.end());
  transform_blocks(mixed);
  for (std::size_t i = 0; i < order_.size(); ++i) values[order_[i]] = mixed[i];
}

std::vector<std::uint32_t> PermutedHadamard::leading_coefficients(std::int64_t ratio) const {
  const auto part = static_cast<std::size_t>(ratio);
  std::vector<std::uint32_t> places;
  std::size_t start = 0;
  for (const std::size_t block : blocks_) {
    const std::size_t count = (start + block) / part - start / part;
    for (std::size_t i = 0; i < count; ++i) places.push_back(static_cast<std::uint32_t>(start + i));
    start += block;
  }
  return places;
}

}  // namespace modeseek
