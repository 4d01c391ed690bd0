#pragma once

#include <cstdint>
#include <vector>

namespace modeseek::engine {

/// One axis of an image, covered by overlapping windows of one size.
class Windows {
 public:
  /// A window and the part of the axis that it answers for.
  struct Window {
    std::int64_t start = 0;
    std::int64_t begin = 0;  ///< first position that it answers for
    std::int64_t end = 0;    ///< one past the last
  };

  /// `length` in as few windows of `size` as leave a margin of `halo` between what a window answers
  /// for and its ends, but for the ends of the axis itself. All starts are multiples of `multiple`
  /// when `length`, `size` and `halo` are. Throws InvalidArgument unless 2 halo < size or size =
  /// length.
  Windows(std::int64_t length, std::int64_t size, std::int64_t halo);

  /// The smallest size, a multiple of `multiple`, with which `count` windows suffice.
  static std::int64_t size_for(std::int64_t length, std::int64_t count, std::int64_t halo,
                               std::int64_t multiple);

  std::int64_t size() const { return size_; }
  const std::vector<Window>& all() const { return windows_; }

  /// Weight of each position of window i in a blend: 1 inside, falling linearly to the ends that it
  /// shares with a neighbour. The weights of all windows at a position sum to 1.
  std::vector<float> blend(std::size_t i) const;

 private:
  double raw_weight(std::size_t i, std::int64_t position) const;

  std::int64_t length_;
  std::int64_t size_;
  std::vector<Window> windows_;
};

}  // namespace modeseek::engine
