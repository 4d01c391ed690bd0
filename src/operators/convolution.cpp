#include "operators/convolution.hpp"

#include <algorithm>
#include <complex>
#include <string>

#include "modeseek/error.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

/// out[j] += tap * in[j]
void add_row(float tap, const float* in, float* out, std::int64_t count) {
  for (std::int64_t j = 0; j < count; ++j) out[j] += tap * in[j];
}

}  // namespace

ValidConvolution::ValidConvolution(const Kernel& kernel, std::int64_t h, std::int64_t w,
                                   std::int64_t direct_taps)
    : h_(h), w_(w), kh_(kernel.h), kw_(kernel.w) {
  if (kh_ > h || kw_ > w) {
    throw InvalidArgument("the blur kernel (" + std::to_string(kh_) + "x" + std::to_string(kw_) +
                          ") is larger than the image (" + std::to_string(h) + "x" +
                          std::to_string(w) + ")");
  }
  flipped_.assign(kernel.values.rbegin(), kernel.values.rend());
  if (kh_ * kw_ <= direct_taps) return;
  transform_.emplace(TransformKind::fourier, Fft::fast_length(h), Fft::fast_length(w));
  spectrum_.resize(static_cast<std::size_t>(transform_->rows() * transform_->columns()));
  for (std::int64_t a = 0; a < kh_; ++a) {
    for (std::int64_t b = 0; b < kw_; ++b) {
      spectrum_[static_cast<std::size_t>(a * transform_->columns() + b)] =
          static_cast<float>(kernel(a, b));
    }
  }
  transform_->forward(spectrum_);
}

Tensor ValidConvolution::apply(const Tensor& x) const {
  return transform_ ? fourier_apply(x) : direct_apply(x);
}

Tensor ValidConvolution::adjoint(const Tensor& y) const {
  return transform_ ? fourier_adjoint(y) : direct_adjoint(y);
}

Tensor ValidConvolution::direct_apply(const Tensor& x) const {
  const std::int64_t rows = h_ - kh_ + 1;
  const std::int64_t columns = w_ - kw_ + 1;
  Tensor y({x.shape().n, x.shape().c, rows, columns});
  for_each_item(x.shape().n * x.shape().c * rows, columns * kh_ * kw_, [&](std::int64_t i) {
    float* out = y.data() + i * columns;
    const float* in = x.data() + (i / rows * h_ + i % rows) * w_;
    const float* tap = flipped_.data();
    for (std::int64_t a = 0; a < kh_; ++a) {
      for (std::int64_t b = 0; b < kw_; ++b) add_row(*tap++, in + a * w_ + b, out, columns);
    }
  });
  return y;
}

Tensor ValidConvolution::direct_adjoint(const Tensor& y) const {
  const std::int64_t rows = h_ - kh_ + 1;
  const std::int64_t columns = w_ - kw_ + 1;
  Tensor x({y.shape().n, y.shape().c, h_, w_});
  for_each_item(y.shape().n * y.shape().c * h_, columns * kh_ * kw_, [&](std::int64_t i) {
    const std::int64_t row = i % h_;
    float* out = x.data() + i * w_;
    const std::int64_t first = std::max<std::int64_t>(0, row - rows + 1);
    const std::int64_t last = std::min(kh_ - 1, row);
    for (std::int64_t a = first; a <= last; ++a) {
      const float* in = y.data() + (i / h_ * rows + row - a) * columns;
      const float* tap = flipped_.data() + a * kw_;
      for (std::int64_t b = 0; b < kw_; ++b) add_row(tap[b], in, out + b, columns);
    }
  });
  return x;
}

// A circular convolution of the input's own length is right where the kernel does not wrap: from
// index kh - 1 on, which is the output.
Tensor ValidConvolution::fourier_apply(const Tensor& x) const {
  Tensor y({x.shape().n, x.shape().c, h_ - kh_ + 1, w_ - kw_ + 1});
  PlaneTransform::Plane plane(spectrum_.size());
  for (std::int64_t n = 0; n < x.shape().n; ++n) {
    for (std::int64_t c = 0; c < x.shape().c; c += 2) {
      pack_planes(x, n, c, transform_->columns(), 0, 0, plane);
      transform_->forward(plane);
      for (std::size_t k = 0; k < plane.size(); ++k) plane[k] = product(plane[k], spectrum_[k]);
      transform_->inverse(plane);
      unpack_planes(plane, transform_->columns(), kh_ - 1, kw_ - 1, n, c, y);
    }
  }
  return y;
}

Tensor ValidConvolution::fourier_adjoint(const Tensor& y) const {
  Tensor x({y.shape().n, y.shape().c, h_, w_});
  PlaneTransform::Plane plane(spectrum_.size());
  for (std::int64_t n = 0; n < y.shape().n; ++n) {
    for (std::int64_t c = 0; c < y.shape().c; c += 2) {
      pack_planes(y, n, c, transform_->columns(), kh_ - 1, kw_ - 1, plane);
      transform_->forward(plane);
      for (std::size_t k = 0; k < plane.size(); ++k) {
        plane[k] = product(plane[k], std::conj(spectrum_[k]));
      }
      transform_->inverse(plane);
      unpack_planes(plane, transform_->columns(), 0, 0, n, c, x);
    }
  }
  return x;
}

}  // namespace modeseek
