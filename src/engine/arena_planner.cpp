#include "engine/arena_planner.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace modeseek::engine {
namespace {

struct Placed {
  std::uint64_t begin;
  std::uint64_t end;
  std::size_t block;
};

/// Offset of the smallest sufficient gap between the placed blocks (sorted by begin) that live at
/// the same time as `block`; after the last of them when no gap is large enough.
std::uint64_t best_fit(const std::vector<Lifetime>& lifetimes, const std::vector<Placed>& placed,
                       std::size_t block, std::uint64_t bytes) {
  std::uint64_t best = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t best_gap = best;
  std::uint64_t free_from = 0;
  for (const Placed& p : placed) {
    if (!lifetimes[block].overlaps(lifetimes[p.block])) continue;
    if (p.begin > free_from) {
      const std::uint64_t gap = p.begin - free_from;
      if (gap >= bytes && gap < best_gap) {
        best_gap = gap;
        best = free_from;
      }
    }
    free_from = std::max(free_from, p.end);
  }
  return best == std::numeric_limits<std::uint64_t>::max() ? free_from : best;
}

}  // namespace

ArenaLayout plan_arena(const std::vector<Lifetime>& lifetimes) {
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return lifetimes[a].bytes > lifetimes[b].bytes;
  });
  ArenaLayout layout;
  layout.offsets.resize(lifetimes.size());
  std::vector<Placed> placed;
  for (const std::size_t block : order) {
    const std::uint64_t bytes = ArenaLayout::aligned(lifetimes[block].bytes);
    const std::uint64_t offset = best_fit(lifetimes, placed, block, bytes);
    layout.offsets[block] = offset;
    layout.bytes = std::max(layout.bytes, offset + bytes);
    const Placed entry{offset, offset + bytes, block};
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), entry,
                         [](const Placed& a, const Placed& b) { return a.begin < b.begin; }),
        entry);
  }
  return layout;
}

}  // namespace modeseek::engine
