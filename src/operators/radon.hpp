#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace modeseek {

/// Parallel-beam projections of an h x w image. The ray of angle a and detector d holds the points
/// with X cos a + Y sin a = t, X to the right and Y upwards from the image's centre in pixels,
/// t = d - (detectors - 1) / 2. Its value is the line integral by Joseph's method ("An improved
/// algorithm for reprojecting rays through pixel images", 1982): the ray steps through the rows (or
/// the columns, whichever it crosses more steeply) and interpolates linearly between the two
/// nearest pixels; beyond the border the image is 0. Divided by the image's longer side, so that a
/// value is a mean along that side, on the image's own scale. Immutable.
class Radon {
 public:
  /// Angles in degrees, finite.
  Radon(std::int64_t h, std::int64_t w, const std::vector<double>& angles);

  /// Detector bins that see the whole image at every angle: ceil(hypot(h, w)), one pixel wide.
  static std::int64_t detectors(std::int64_t h, std::int64_t w);

  /// h * w pixels -> angles x detectors.
  void project(std::span<const float> image, std::span<float> sinogram) const;
  /// The transpose of project, the same weights in the same arithmetic.
  void back_project(std::span<const float> sinogram, std::span<float> image) const;

 private:
  /// One angle: at line l (a row, or a column) detector d meets the position
  /// p = origin + line_step l + detector_step d along it.
  struct Sweep {
    std::size_t angle;
    float origin;
    float line_step;
    float detector_step;
    float weight;
  };
  /// Detectors whose ray meets line l between the pixels -1 and `length`, [first, last).
  struct Reach {
    std::int64_t first;
    std::int64_t last;
  };
  /// The sweeps that step through the same lines, of `length` pixels each.
  struct Group {
    std::int64_t lines;
    std::int64_t length;
    std::vector<Sweep> sweeps;
  };

  void add_angle(double degrees, std::size_t index);
  Reach reach(const Sweep& sweep, std::int64_t line, std::int64_t length) const;
  void project_group(const Group& group, std::span<const float> lines,
                     std::span<float> sinogram) const;
  void back_project_group(const Group& group, std::span<const float> sinogram,
                          std::span<float> lines) const;

  std::int64_t detectors_;
  double scale_;
  Group rows_;
  Group columns_;
};

}  // namespace modeseek
