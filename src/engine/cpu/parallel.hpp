#pragma once

#include <algorithm>
#include <cstdint>

#include "core/threads.hpp"

namespace modeseek::engine::cpu {

/// Items of a chunk that holds about `target` floats when an item holds `floats_per_item`. Depends
/// on the shape only, so that sums by chunks do not depend on the number of threads.
inline std::int64_t chunk_of(std::int64_t floats_per_item, std::int64_t target = 16384) {
  return std::max<std::int64_t>(1, target / std::max<std::int64_t>(1, floats_per_item));
}

inline std::int64_t chunks(std::int64_t items, std::int64_t chunk) {
  return (items + chunk - 1) / chunk;
}

/// Calls body(index of the chunk, first item, number of items) for each chunk, spread over threads.
template <class Body>
void for_chunks(std::int64_t items, std::int64_t chunk, const Body& body) {
  const std::int64_t count = chunks(items, chunk);
  const auto one = [&](std::int64_t i) {
    const std::int64_t first = i * chunk;
    body(i, first, std::min(chunk, items - first));
  };
  if (count <= 1) {
    if (count == 1) one(0);
    return;
  }
  parallel_for(count, one);
}

}  // namespace modeseek::engine::cpu
