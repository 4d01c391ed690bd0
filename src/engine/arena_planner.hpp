#pragma once

#include <cstdint>
#include <vector>

namespace modeseek::engine {

/// A block of memory and the steps (inclusive) during which it must keep its contents.
struct Lifetime {
  std::uint64_t bytes = 0;
  std::int32_t first = 0;
  std::int32_t last = 0;

  bool overlaps(const Lifetime& other) const { return first <= other.last && other.first <= last; }
};

/// Where each block lies in one shared arena.
struct ArenaLayout {
  static constexpr std::uint64_t alignment = 64;
  /// `bytes` rounded up to it.
  static constexpr std::uint64_t aligned(std::uint64_t bytes) {
    return (bytes + alignment - 1) / alignment * alignment;
  }

  std::vector<std::uint64_t> offsets;  ///< multiples of `alignment`, one a lifetime
  std::uint64_t bytes = 0;             ///< of the whole arena
};

/// Places blocks so that those that live at the same time do not overlap: largest first, each into
/// the smallest gap that holds it (best fit; Pisarchyk and Lee, "Efficient Memory Management for
/// Deep Neural Net Inference", 2020, greedy by size).
ArenaLayout plan_arena(const std::vector<Lifetime>& lifetimes);

}  // namespace modeseek::engine
