#include "engine/windows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "modeseek/error.hpp"

namespace modeseek::engine {

Windows::Windows(std::int64_t length, std::int64_t size, std::int64_t halo)
    : length_(length), size_(std::min(size, length)) {
  if (length < 1 || halo < 0 || (size_ < length && size_ <= 2 * halo))
    throw InvalidArgument(fmt::format(
        "tiles: expected windows larger than twice the margin of {} pixels, found {}", halo, size));
  const std::int64_t step = size_ - 2 * halo;
  for (std::int64_t start = 0, begin = 0; begin < length; start += step) {
    const bool last = start + size_ >= length;
    const std::int64_t end = last ? length : start + size_ - halo;
    windows_.push_back({std::min(start, length - size_), begin, end});
    begin = end;
  }
}

std::int64_t Windows::size_for(std::int64_t length, std::int64_t count, std::int64_t halo,
                               std::int64_t multiple) {
  if (count <= 1) return length;
  const std::int64_t inner = std::max<std::int64_t>(1, length - 2 * halo);
  const std::int64_t size = (inner + count - 1) / count + 2 * halo;
  return std::min(length, (size + multiple - 1) / multiple * multiple);
}

double Windows::raw_weight(std::size_t i, std::int64_t position) const {
  const Window& w = windows_[i];
  const std::int64_t at = position - w.start;
  if (at < 0 || at >= size_) return 0;
  double weight = 1;
  if (i > 0) {
    const std::int64_t shared = windows_[i - 1].start + size_ - w.start;
    weight = std::min(weight, (static_cast<double>(at) + 0.5) / static_cast<double>(shared));
  }
  if (i + 1 < windows_.size()) {
    const std::int64_t shared = w.start + size_ - windows_[i + 1].start;
    weight =
        std::min(weight, (static_cast<double>(size_ - at) - 0.5) / static_cast<double>(shared));
  }
  return weight;
}

std::vector<float> Windows::blend(std::size_t i) const {
  std::vector<float> weights;
  for (std::int64_t at = 0; at < size_; ++at) {
    const std::int64_t position = windows_[i].start + at;
    double sum = 0;
    for (std::size_t other = 0; other < windows_.size(); ++other)
      sum += raw_weight(other, position);
    weights.push_back(static_cast<float>(raw_weight(i, position) / sum));
  }
  return weights;
}

}  // namespace modeseek::engine
