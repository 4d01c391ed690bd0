#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace modeseek {

/// Extent of a batch of images: samples, channels, rows, columns.
struct Shape {
  std::int64_t n = 0;
  std::int64_t c = 0;
  std::int64_t h = 0;
  std::int64_t w = 0;

  bool operator==(const Shape&) const = default;

  /// Number of elements. Throws InvalidArgument on a negative extent or on overflow of 2^40.
  std::int64_t count() const;
  /// Pixels of one channel of one sample, h * w.
  std::int64_t plane() const { return h * w; }
  /// Elements of one sample, c * h * w.
  std::int64_t sample() const { return c * h * w; }
  /// The same extent with another number of samples.
  Shape with_samples(std::int64_t samples) const { return {samples, c, h, w}; }
};

/// "[1,3,256,256]", for messages.
std::string to_string(const Shape& shape);

/// Owning float32 array, contiguous in NCHW order. A value type: copies are deep, moves are cheap.
/// Images are in [-1, 1] unless a function says otherwise.
class Tensor {
 public:
  Tensor() = default;
  /// All elements equal to `value`. Throws as Shape::count() does.
  explicit Tensor(const Shape& shape, float value = 0.0F);
  /// Takes `values`, which must hold shape.count() elements; throws InvalidArgument otherwise.
  Tensor(const Shape& shape, std::vector<float> values);

  const Shape& shape() const noexcept { return shape_; }
  bool empty() const noexcept { return values_.empty(); }
  std::int64_t count() const noexcept { return static_cast<std::int64_t>(values_.size()); }

  float* data() noexcept { return values_.data(); }
  const float* data() const noexcept { return values_.data(); }
  std::span<float> values() noexcept { return values_; }
  std::span<const float> values() const noexcept { return values_; }

  /// Elements of sample `n`; unchecked.
  std::span<float> sample(std::int64_t n) noexcept;
  std::span<const float> sample(std::int64_t n) const noexcept;
  /// Pixels of channel `c` of sample `n`; unchecked.
  std::span<float> plane(std::int64_t n, std::int64_t c) noexcept;
  std::span<const float> plane(std::int64_t n, std::int64_t c) const noexcept;

  /// Element access; unchecked.
  float& operator()(std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) noexcept {
    return values_[index(n, c, y, x)];
  }
  float operator()(std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) const noexcept {
    return values_[index(n, c, y, x)];
  }

  /// The same elements under another shape of equal count. Throws InvalidArgument otherwise.
  Tensor reshaped(const Shape& shape) &&;
  /// One sample as a tensor of its own (n = 1). Throws InvalidArgument when `n` is out of range.
  Tensor copy_sample(std::int64_t n) const;

 private:
  std::size_t index(std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) const noexcept {
    return static_cast<std::size_t>(((n * shape_.c + c) * shape_.h + y) * shape_.w + x);
  }

  Shape shape_;
  std::vector<float> values_;
};

/// Element-wise helpers. Shapes must agree; InvalidArgument names both otherwise.
/// Sums are accumulated in double in a fixed order: results do not depend on the thread count.
Tensor operator+(Tensor a, const Tensor& b);
Tensor operator-(Tensor a, const Tensor& b);
Tensor operator*(float factor, Tensor a);
/// y += factor * x
void add_scaled(Tensor& y, float factor, const Tensor& x);
double dot(const Tensor& a, const Tensor& b);
double norm(const Tensor& a);
double dot(std::span<const float> a, std::span<const float> b);
double norm(std::span<const float> a);
/// Stacks tensors of equal c, h, w along the sample axis.
Tensor concat_samples(std::span<const Tensor> parts);
/// True when no element is NaN or infinite.
bool all_finite(const Tensor& a);

}  // namespace modeseek
