#pragma once

#include <cstdint>
#include <vector>

namespace modeseek {

/// Colour differences at half the resolution on both axes (4:2:0), as libjpeg does it: 2x2 means,
/// an odd last row or column counted twice, and back by its "fancy" interpolation, 3/4 of the
/// nearest sample and 1/4 of the next one, on each axis (samples are repeated where there are no
/// more than two columns of them). All linear. Planes are row-major.
class ChromaSampling {
 public:
  using Plane = std::vector<float>;

  /// For images of h x w.
  ChromaSampling(std::int64_t h, std::int64_t w);

  std::int64_t half_h() const { return (h_ + 1) / 2; }
  std::int64_t half_w() const { return (w_ + 1) / 2; }

  Plane reduce(const Plane& full) const;
  Plane reduce_transposed(const Plane& half) const;
  Plane enlarge(const Plane& half) const;
  Plane enlarge_transposed(const Plane& full) const;

 private:
  /// The two entries of the short axis that an entry of the long one is mixed from.
  struct Tap {
    std::int64_t nearest;
    std::int64_t next;
  };
  Tap tap(std::int64_t i, std::int64_t half) const;

  std::int64_t h_;
  std::int64_t w_;
};

}  // namespace modeseek
