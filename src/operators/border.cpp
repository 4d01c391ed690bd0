#include "operators/border.hpp"

#include <cstddef>

#include "operators/work.hpp"

namespace modeseek {
namespace {

std::int64_t source_index(Boundary rule, std::int64_t i, std::int64_t n) {
  if (i >= 0 && i < n) return i;
  switch (rule) {
    case Boundary::reflect: {
      const std::int64_t phase = ((i % (2 * n)) + 2 * n) % (2 * n);
      return phase < n ? phase : 2 * n - 1 - phase;
    }
    case Boundary::circular:
      return ((i % n) + n) % n;
    case Boundary::zero:
    case Boundary::valid:
      break;
  }
  return -1;
}

std::vector<std::int64_t> source_indices(Boundary rule, std::int64_t n, std::int64_t before,
                                         std::int64_t after) {
  if (rule == Boundary::valid) before = after = 0;
  std::vector<std::int64_t> indices;
  for (std::int64_t i = -before; i < n + after; ++i) indices.push_back(source_index(rule, i, n));
  return indices;
}

}  // namespace

Border::Border(Boundary rule, std::int64_t h, std::int64_t w, std::int64_t before_y,
               std::int64_t after_y, std::int64_t before_x, std::int64_t after_x)
    : h_(h),
      w_(w),
      rows_(source_indices(rule, h, before_y, after_y)),
      columns_(source_indices(rule, w, before_x, after_x)) {}

Tensor Border::extend(const Tensor& x) const {
  Tensor out({x.shape().n, x.shape().c, extended_h(), extended_w()});
  for_each_item(x.shape().n * x.shape().c, extended_h() * extended_w(), [&](std::int64_t p) {
    float* to = out.data() + p * extended_h() * extended_w();
    for (const std::int64_t row : rows_) {
      const float* from = x.data() + (p * h_ + row) * w_;
      for (const std::int64_t column : columns_) {
        *to++ = row < 0 || column < 0 ? 0.0F : from[column];
      }
    }
  });
  return out;
}

Tensor Border::fold(const Tensor& extended) const {
  Tensor x({extended.shape().n, extended.shape().c, h_, w_});
  for_each_item(extended.shape().n * extended.shape().c, extended.shape().plane(),
                [&](std::int64_t p) {
                  const float* from = extended.data() + p * extended_h() * extended_w();
                  for (const std::int64_t row : rows_) {
                    float* to = x.data() + (p * h_ + row) * w_;
                    for (const std::int64_t column : columns_) {
                      const float value = *from++;
                      if (row >= 0 && column >= 0) to[column] += value;
                    }
                  }
                });
  return x;
}

}  // namespace modeseek
