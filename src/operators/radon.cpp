#include "operators/radon.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "operators/work.hpp"

namespace modeseek {
namespace {

std::vector<float> transposed(std::span<const float> in, std::int64_t rows, std::int64_t columns) {
  std::vector<float> out(in.size());
  for (std::int64_t y = 0; y < rows; ++y) {
    for (std::int64_t x = 0; x < columns; ++x) {
      out[static_cast<std::size_t>(x * rows + y)] = in[static_cast<std::size_t>(y * columns + x)];
    }
  }
  return out;
}

/// One line of the image between two zeros: pixel k is at k + 1.
void load_line(std::span<const float> lines, std::int64_t line, std::int64_t length,
               std::vector<float>& padded) {
  const auto from =
      lines.subspan(static_cast<std::size_t>(line * length), static_cast<std::size_t>(length));
  std::copy(from.begin(), from.end(), padded.begin() + 1);
}

}  // namespace

std::int64_t Radon::detectors(std::int64_t h, std::int64_t w) {
  return static_cast<std::int64_t>(
      std::ceil(std::hypot(static_cast<double>(h), static_cast<double>(w))));
}

Radon::Radon(std::int64_t h, std::int64_t w, const std::vector<double>& angles)
    : detectors_(detectors(h, w)),
      scale_(1.0 / static_cast<double>(std::max(h, w))),
      rows_{h, w, {}},
      columns_{w, h, {}} {
  for (std::size_t i = 0; i < angles.size(); ++i) add_angle(angles[i], i);
}

void Radon::add_angle(double degrees, std::size_t index) {
  // The remainder first: exact, and large angles would lose digits in radians.
  const double radians = std::remainder(degrees, 360.0) * std::numbers::pi / 180.0;
  const double cosine = std::cos(radians);
  const double sine = std::sin(radians);
  const bool by_rows = std::abs(cosine) >= std::abs(sine);
  Group& group = by_rows ? rows_ : columns_;
  // Rows: X = t / cos - Y tan with Y downwards from the top. Columns: Y = t / sin - X cot, and a
  // column's pixels are counted downwards.
  const double detector_step = by_rows ? 1.0 / cosine : -1.0 / sine;
  const double line_step = by_rows ? sine / cosine : cosine / sine;
  const double origin = static_cast<double>(group.length - 1) / 2 -
                        line_step * static_cast<double>(group.lines - 1) / 2 -
                        detector_step * static_cast<double>(detectors_ - 1) / 2;
  group.sweeps.push_back({index, static_cast<float>(origin), static_cast<float>(line_step),
                          static_cast<float>(detector_step),
                          static_cast<float>(scale_ * std::abs(detector_step))});
}

Radon::Reach Radon::reach(const Sweep& sweep, std::int64_t line, std::int64_t length) const {
  const float start = sweep.origin + sweep.line_step * static_cast<float>(line);
  const auto inside = [&](std::int64_t d) {
    const float p = start + sweep.detector_step * static_cast<float>(d);
    return p > -1.0F && p < static_cast<float>(length);
  };
  // The ends by real arithmetic, widened by one detector, then exactly as the loops see them.
  const double a = (-1.0 - static_cast<double>(start)) / static_cast<double>(sweep.detector_step);
  const double b = (static_cast<double>(length) - static_cast<double>(start)) /
                   static_cast<double>(sweep.detector_step);
  const auto bound = [&](double value) {
    return static_cast<std::int64_t>(std::clamp(value, 0.0, static_cast<double>(detectors_)));
  };
  Reach reach{bound(std::floor(std::min(a, b)) - 1), bound(std::ceil(std::max(a, b)) + 1)};
  while (reach.first < reach.last && !inside(reach.first)) ++reach.first;
  while (reach.last > reach.first && !inside(reach.last - 1)) --reach.last;
  return reach;
}

void Radon::project_group(const Group& group, std::span<const float> lines,
                          std::span<float> sinogram) const {
  const auto count = static_cast<std::int64_t>(group.sweeps.size());
  for_each_item(count, group.lines * detectors_, [&](std::int64_t s) {
    const Sweep& sweep = group.sweeps[static_cast<std::size_t>(s)];
    const auto row = sinogram.subspan(sweep.angle * static_cast<std::size_t>(detectors_),
                                      static_cast<std::size_t>(detectors_));
    std::fill(row.begin(), row.end(), 0.0F);
    std::vector<float> padded(static_cast<std::size_t>(group.length + 2));
    for (std::int64_t line = 0; line < group.lines; ++line) {
      load_line(lines, line, group.length, padded);
      const Reach range = reach(sweep, line, group.length);
      const float start = sweep.origin + sweep.line_step * static_cast<float>(line) + 1.0F;
      for (std::int64_t d = range.first; d < range.last; ++d) {
        const float p = std::max(0.0F, start + sweep.detector_step * static_cast<float>(d));
        const auto k = std::min(static_cast<std::size_t>(p), padded.size() - 2);
        const float fraction = p - static_cast<float>(k);
        row[static_cast<std::size_t>(d)] += padded[k] + fraction * (padded[k + 1] - padded[k]);
      }
    }
    for (float& value : row) value *= sweep.weight;
  });
}

void Radon::back_project_group(const Group& group, std::span<const float> sinogram,
                               std::span<float> lines) const {
  const auto count = static_cast<std::int64_t>(group.sweeps.size());
  for_each_item(group.lines, count * detectors_, [&](std::int64_t line) {
    std::vector<float> padded(static_cast<std::size_t>(group.length + 2));
    for (const Sweep& sweep : group.sweeps) {
      const auto row = sinogram.subspan(sweep.angle * static_cast<std::size_t>(detectors_),
                                        static_cast<std::size_t>(detectors_));
      const Reach range = reach(sweep, line, group.length);
      const float start = sweep.origin + sweep.line_step * static_cast<float>(line) + 1.0F;
      for (std::int64_t d = range.first; d < range.last; ++d) {
        const float p = std::max(0.0F, start + sweep.detector_step * static_cast<float>(d));
        const auto k = std::min(static_cast<std::size_t>(p), padded.size() - 2);
        const float fraction = p - static_cast<float>(k);
        const float value = sweep.weight * row[static_cast<std::size_t>(d)];
        padded[k] += (1.0F - fraction) * value;
        padded[k + 1] += fraction * value;
      }
    }
    std::copy_n(padded.begin() + 1, group.length,
                lines.begin() + static_cast<std::ptrdiff_t>(line * group.length));
  });
}

void Radon::project(std::span<const float> image, std::span<float> sinogram) const {
  project_group(rows_, image, sinogram);
  if (columns_.sweeps.empty()) return;
  project_group(columns_, transposed(image, rows_.lines, rows_.length), sinogram);
}

void Radon::back_project(std::span<const float> sinogram, std::span<float> image) const {
  back_project_group(rows_, sinogram, image);
  if (columns_.sweeps.empty()) return;
  std::vector<float> columns(image.size());
  back_project_group(columns_, sinogram, columns);
  const std::vector<float> turned = transposed(columns, columns_.lines, columns_.length);
  for (std::size_t i = 0; i < image.size(); ++i) image[i] += turned[i];
}

}  // namespace modeseek
