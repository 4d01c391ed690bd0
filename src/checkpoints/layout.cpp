#include "checkpoints/layout.hpp"

#include <limits>

namespace modeseek::checkpoints {

std::optional<std::int64_t> checked_count(std::span<const std::int64_t> shape, DType type) {
  if (shape.size() > max_axes) return std::nullopt;
  const std::int64_t most =
      std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(size_of(type));
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) {
      empty = true;
      continue;
    }
    // Overflow counts even beside an axis of length 0: nobody writes such a shape in earnest.
    if (size > most / count) return std::nullopt;
    count *= size;
  }
  return empty ? 0 : count;
}

}  // namespace modeseek::checkpoints
