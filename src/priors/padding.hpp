#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace modeseek::priors {

/// Extends images to the next multiple of a size by reflection about the border pixels, as evenly
/// on both sides as possible (an axis of one pixel repeats it), with the exact adjoint. All arrays
/// are [C,H,W], contiguous.
class Padding {
 public:
  Padding(std::int64_t channels, std::int64_t height, std::int64_t width, std::int64_t multiple);

  std::int64_t padded_height() const { return static_cast<std::int64_t>(rows_.size()); }
  std::int64_t padded_width() const { return static_cast<std::int64_t>(columns_.size()); }
  std::int64_t padded_count() const { return channels_ * padded_height() * padded_width(); }

  /// The image is as it should be: P = C = I.
  bool trivial() const { return padded_height() == height_ && padded_width() == width_; }

  /// padded = factor P image
  void pad(std::span<const float> image, float factor, std::span<float> padded) const;
  /// image += factor P^T padded
  void add_adjoint(std::span<const float> padded, float factor, std::span<float> image) const;
  /// image += factor C padded, C the crop to the image inside (C P = I)
  void add_crop(std::span<const float> padded, float factor, std::span<float> image) const;
  /// padded = factor C^T image: zero outside the image
  void embed(std::span<const float> image, float factor, std::span<float> padded) const;

 private:
  std::int64_t channels_;
  std::int64_t height_;
  std::int64_t width_;
  std::int64_t top_;
  std::int64_t left_;
  std::vector<std::int64_t> rows_;     ///< source row of each padded row
  std::vector<std::int64_t> columns_;  ///< source column of each padded column
};

}  // namespace modeseek::priors
