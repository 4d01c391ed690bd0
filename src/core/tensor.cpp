#include "modeseek/tensor.hpp"

#include <cmath>
#include <utility>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;

void require_same_shape(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) {
    throw InvalidArgument("tensors of different shape: " + to_string(a.shape()) + " and " +
                          to_string(b.shape()));
  }
}

}  // namespace

std::int64_t Shape::count() const {
  std::int64_t total = 1;
  for (const std::int64_t extent : {n, c, h, w}) {
    if (extent < 0) throw InvalidArgument("negative extent in shape " + to_string(*this));
    if (extent > 0 && total > kMaxElements / extent) {
      throw InvalidArgument("shape " + to_string(*this) + " has too many elements");
    }
    total *= extent;
  }
  return total;
}

std::string to_string(const Shape& shape) {
  return "[" + std::to_string(shape.n) + "," + std::to_string(shape.c) + "," +
         std::to_string(shape.h) + "," + std::to_string(shape.w) + "]";
}

Tensor::Tensor(const Shape& shape, float value)
    : shape_(shape), values_(static_cast<std::size_t>(shape.count()), value) {}

Tensor::Tensor(const Shape& shape, std::vector<float> values)
    : shape_(shape), values_(std::move(values)) {
  if (shape.count() != count()) {
    throw InvalidArgument("shape " + to_string(shape) + " needs " + std::to_string(shape.count()) +
                          " values, found " + std::to_string(count()));
  }
}

std::span<float> Tensor::sample(std::int64_t n) noexcept {
  const auto size = static_cast<std::size_t>(shape_.sample());
  return std::span(values_).subspan(static_cast<std::size_t>(n) * size, size);
}

std::span<const float> Tensor::sample(std::int64_t n) const noexcept {
  const auto size = static_cast<std::size_t>(shape_.sample());
  return std::span(values_).subspan(static_cast<std::size_t>(n) * size, size);
}

std::span<float> Tensor::plane(std::int64_t n, std::int64_t c) noexcept {
  const auto size = static_cast<std::size_t>(shape_.plane());
  return std::span(values_).subspan(static_cast<std::size_t>(n * shape_.c + c) * size, size);
}

std::span<const float> Tensor::plane(std::int64_t n, std::int64_t c) const noexcept {
  const auto size = static_cast<std::size_t>(shape_.plane());
  return std::span(values_).subspan(static_cast<std::size_t>(n * shape_.c + c) * size, size);
}

Tensor Tensor::reshaped(const Shape& shape) && { return Tensor(shape, std::move(values_)); }

Tensor Tensor::copy_sample(std::int64_t n) const {
  if (n < 0 || n >= shape_.n) {
    throw InvalidArgument("sample " + std::to_string(n) + " of a tensor " + to_string(shape_));
  }
  const auto values = sample(n);
  return Tensor(shape_.with_samples(1), std::vector<float>(values.begin(), values.end()));
}

Tensor operator+(Tensor a, const Tensor& b) {
  add_scaled(a, 1.0F, b);
  return a;
}

Tensor operator-(Tensor a, const Tensor& b) {
  add_scaled(a, -1.0F, b);
  return a;
}

Tensor operator*(float factor, Tensor a) {
  for (float& value : a.values()) value *= factor;
  return a;
}

void add_scaled(Tensor& y, float factor, const Tensor& x) {
  require_same_shape(y, x);
  float* out = y.data();
  const float* in = x.data();
  for (std::int64_t i = 0; i < y.count(); ++i) out[i] += factor * in[i];
}

double dot(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) {
    throw InvalidArgument("dot product of " + std::to_string(a.size()) + " and " +
                          std::to_string(b.size()) + " values");
  }
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

double norm(std::span<const float> a) { return std::sqrt(dot(a, a)); }

double dot(const Tensor& a, const Tensor& b) {
  require_same_shape(a, b);
  return dot(a.values(), b.values());
}

double norm(const Tensor& a) { return norm(a.values()); }

Tensor concat_samples(std::span<const Tensor> parts) {
  if (parts.empty()) return {};
  Shape total = parts.front().shape().with_samples(0);
  std::vector<float> values;
  for (const Tensor& part : parts) {
    if (part.shape().with_samples(0) != total.with_samples(0)) {
      throw InvalidArgument("cannot stack " + to_string(part.shape()) + " onto " +
                            to_string(parts.front().shape()));
    }
    total.n += part.shape().n;
    values.insert(values.end(), part.values().begin(), part.values().end());
  }
  return Tensor(total, std::move(values));
}

bool all_finite(const Tensor& a) {
  for (const float value : a.values()) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

}  // namespace modeseek
