#include "metrics/patches.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace modeseek {
namespace {

constexpr std::int64_t kMaxJointChannels = 4;
constexpr std::size_t kFewestPatches = 160;

/// Largest first. A shape that is no square is used upright as well.
constexpr std::array<std::pair<std::int64_t, std::int64_t>, 8> kSizes{
    {{5, 5}, {4, 4}, {3, 3}, {2, 3}, {1, 5}, {2, 2}, {1, 3}, {1, 2}}};

/// Where patches may lie: `complete[y * width + x]` tells that the entry is known in every channel
/// of `channels`.
struct Plane {
  std::vector<std::int64_t> channels;
  std::vector<std::uint8_t> complete;  ///< empty = everywhere
};

Plane make_plane(const Tensor& known, std::vector<std::int64_t> channels) {
  Plane plane{std::move(channels), {}};
  if (known.empty()) return plane;
  plane.complete.assign(static_cast<std::size_t>(known.shape().plane()), 1);
  for (const std::int64_t c : plane.channels) {
    const std::span<const float> mask = known.plane(0, c);
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (mask[i] == 0.0F) plane.complete[i] = 0;
    }
  }
  return plane;
}

bool is_complete(const Plane& plane, const PatchShape& shape, std::int64_t y, std::int64_t x,
                 std::int64_t width) {
  if (plane.complete.empty()) return true;
  for (std::int64_t i = 0; i < shape.rows; ++i) {
    for (std::int64_t j = 0; j < shape.columns; ++j) {
      const std::int64_t at = (y + i * shape.row_step) * width + x + j * shape.column_step;
      if (plane.complete[static_cast<std::size_t>(at)] == 0) return false;
    }
  }
  return true;
}

using Visit = std::function<void(const Plane&, const PatchShape&, std::int64_t, std::int64_t)>;

void visit_complete(const Shape& extent, std::span<const Plane> planes,
                    std::span<const PatchShape> shapes, const Visit& visit) {
  for (const Plane& plane : planes) {
    for (const PatchShape& shape : shapes) {
      for (std::int64_t y = 0; y + shape.height() <= extent.h; ++y) {
        for (std::int64_t x = 0; x + shape.width() <= extent.w; ++x) {
          if (is_complete(plane, shape, y, x, extent.w)) visit(plane, shape, y, x);
        }
      }
    }
  }
}

void append_patch(const Tensor& y_tensor, const Plane& plane, const PatchShape& shape,
                  std::int64_t y, std::int64_t x, PatchSet& set) {
  // An upright shape is read column by column, so that pixels of equal role share a place.
  const bool upright = shape.rows > shape.columns;
  const std::int64_t outer = upright ? shape.columns : shape.rows;
  const std::int64_t inner = upright ? shape.rows : shape.columns;
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t j = 0; j < inner; ++j) {
      const std::int64_t row = y + (upright ? j : i) * shape.row_step;
      const std::int64_t column = x + (upright ? i : j) * shape.column_step;
      for (const std::int64_t c : plane.channels) set.values.push_back(y_tensor(0, c, row, column));
    }
  }
  const std::int64_t smaller = std::min(y_tensor.shape().h, y_tensor.shape().w);
  const std::int64_t square = std::clamp<std::int64_t>(smaller / 2, 4, 32);
  set.half.push_back(static_cast<std::uint8_t>((y / square + x / square) % 2));
}

std::size_t count_complete(const Shape& extent, std::span<const Plane> planes,
                           std::span<const PatchShape> shapes) {
  if (planes.front().complete.empty()) {
    std::int64_t positions = 0;
    for (const PatchShape& shape : shapes) {
      positions += std::max<std::int64_t>(0, extent.h - shape.height() + 1) *
                   std::max<std::int64_t>(0, extent.w - shape.width() + 1);
    }
    return static_cast<std::size_t>(positions) * planes.size();
  }
  std::size_t count = 0;
  visit_complete(extent, planes, shapes,
                 [&](const Plane&, const PatchShape&, std::int64_t, std::int64_t) { ++count; });
  return count;
}

/// Patches spread evenly over the `total` that there are, at most `most` elements in all.
PatchSet take(const Tensor& y, std::span<const Plane> planes, std::span<const PatchShape> shapes,
              std::size_t total, std::size_t most) {
  PatchSet set;
  set.pixels = static_cast<std::size_t>(shapes.front().pixels());
  set.channels = planes.front().channels.size();
  const std::size_t kept = std::min(total, most / set.dimension());
  set.values.reserve(kept * set.dimension());
  set.half.reserve(kept);
  std::size_t seen = 0;
  visit_complete(
      y.shape(), planes, shapes,
      [&](const Plane& plane, const PatchShape& shape, std::int64_t row, std::int64_t column) {
        const bool wanted = seen * kept / total != (seen + 1) * kept / total;
        if (wanted) append_patch(y, plane, shape, row, column, set);
        ++seen;
      });
  return set;
}

PatchSet collect_from(const Tensor& y, std::span<const Plane> planes, std::size_t most) {
  // Steps above 1 only help with masks: a grid or rows that were kept.
  const std::int64_t steps = planes.front().complete.empty() ? 1 : 4;
  for (std::int64_t step = 1; step <= steps; ++step) {
    for (const auto& [rows, columns] : kSizes) {
      std::vector<PatchShape> shapes{{rows, columns, step, step}};
      if (rows != columns) shapes.push_back({columns, rows, step, step});
      const std::size_t count = count_complete(y.shape(), planes, shapes);
      const auto dimension =
          static_cast<std::size_t>(rows * columns) * planes.front().channels.size();
      if (count >= std::max(kFewestPatches, 40 * dimension)) {
        return take(y, planes, shapes, count, most);
      }
    }
  }
  return {};
}

}  // namespace

PatchSet collect_patches(const Tensor& y, const Tensor& known, std::size_t most) {
  std::vector<std::int64_t> all;
  std::vector<Plane> single;
  for (std::int64_t c = 0; c < y.shape().c; ++c) {
    all.push_back(c);
    single.push_back(make_plane(known, {c}));
  }
  if (y.shape().c <= kMaxJointChannels) {
    const std::array joint{make_plane(known, all)};
    PatchSet set = collect_from(y, joint, most);
    if (set.count() > 0) return set;
  }
  return collect_from(y, single, most);
}

}  // namespace modeseek
