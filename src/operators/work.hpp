#pragma once

#include <cstdint>

#include "core/threads.hpp"
#include "modeseek/tensor.hpp"

namespace modeseek {

/// parallel_for where it pays: bodies that touch few elements in all run on the calling thread,
/// since waking the others costs more than they save.
template <typename Body>
void for_each_item(std::int64_t count, std::int64_t elements_each, const Body& body) {
  constexpr std::int64_t kWorthwhile = 1 << 16;
  if (count * elements_each < kWorthwhile) {
    for (std::int64_t i = 0; i < count; ++i) body(i);
  } else {
    parallel_for(count, body);
  }
}

/// body(n, c) for every plane of a batch.
template <typename Body>
void for_each_plane(const Shape& shape, const Body& body) {
  for_each_item(shape.n * shape.c, shape.plane(),
                [&](std::int64_t i) { body(i / shape.c, i % shape.c); });
}

}  // namespace modeseek
