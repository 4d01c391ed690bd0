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

/// Fewer chunks than this are done before other threads wake up.
inline constexpr std::int64_t worth_threads = 4;

/// Calls body(index of the chunk, first item, number of items) for each chunk, spread over threads.
template <class Body>
void for_chunks(std::int64_t items, std::int64_t chunk, const Body& body) {
  const std::int64_t count = chunks(items, chunk);
  const auto one = [&](std::int64_t i) {
    const std::int64_t first = i * chunk;
    body(i, first, std::min(chunk, items - first));
  };
  if (count < worth_threads)
    for (std::int64_t i = 0; i < count; ++i) one(i);
  else
    parallel_for(count, one);
}

/// Calls body(first float, number of floats) over a map as one long row.
template <class Body>
void for_flat(std::int64_t count, const Body& body) {
  for_chunks(count, 32768,
             [&](std::int64_t, std::int64_t first, std::int64_t floats) { body(first, floats); });
}

/// oneDNN plans for the number of threads that it sees when a primitive is made: while this lives,
/// one, for work of few multiply-adds.
class ThreadsFor {
 public:
  explicit ThreadsFor(double multiply_adds) : before_(threads()) {
    if (multiply_adds < worth) set_threads(1);
  }
  ~ThreadsFor() { set_threads(before_); }
  ThreadsFor(const ThreadsFor&) = delete;
  ThreadsFor& operator=(const ThreadsFor&) = delete;

 private:
  static constexpr double worth = 1e6;  ///< some ten microseconds
  int before_;
};

}  // namespace modeseek::engine::cpu
