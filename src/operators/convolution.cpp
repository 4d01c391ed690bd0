#include "operators/convolution.hpp"

#include <algorithm>
#include <array>
#include <complex>
#include <string>

#include "modeseek/error.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

/// The taps of a motion blur are mostly zeros.
std::vector<ValidConvolution::Tap> non_zero_taps(const std::vector<double>& values,
                                                 std::int64_t columns) {
  std::vector<ValidConvolution::Tap> taps;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    if (values[i] != 0) {
      taps.push_back({at / columns, at % columns, static_cast<float>(values[i])});
    }
  }
  return taps;
}

/// out[j] = sum over the taps of value in[tap + j], for `count` numbers; `stride` separates the
/// rows of `in`. Four taps at a time: 4.5 times as fast as one by one, which waits for its stores.
void sum_taps(std::span<const ValidConvolution::Tap> taps, const float* in, std::int64_t stride,
              float* out, std::int64_t count) {
  std::fill_n(out, count, 0.0F);
  const auto input_of = [&](const ValidConvolution::Tap& tap) {
    return in + tap.row * stride + tap.column;
  };
  for (; taps.size() >= 4; taps = taps.subspan(4)) {
    const float* a = input_of(taps[0]);
    const float* b = input_of(taps[1]);
    const float* c = input_of(taps[2]);
    const float* d = input_of(taps[3]);
    const std::array<float, 4> v{taps[0].value, taps[1].value, taps[2].value, taps[3].value};
    for (std::int64_t j = 0; j < count; ++j) {
      out[j] += v[0] * a[j] + v[1] * b[j] + v[2] * c[j] + v[3] * d[j];
    }
  }
  for (const ValidConvolution::Tap& tap : taps) {
    const float* from = input_of(tap);
    for (std::int64_t j = 0; j < count; ++j) out[j] += tap.value * from[j];
  }
}

}  // namespace

ValidConvolution::ValidConvolution(const Kernel& kernel, std::int64_t h, std::int64_t w,
                                   std::int64_t direct_taps)
    : h_(h),
      w_(w),
      kh_(kernel.h),
      kw_(kernel.w),
      surroundings_(Boundary::zero, h - kh_ + 1, w - kw_ + 1, kh_ - 1, kh_ - 1, kw_ - 1, kw_ - 1) {
  if (kh_ > h || kw_ > w) {
    throw InvalidArgument("the blur kernel (" + std::to_string(kh_) + "x" + std::to_string(kw_) +
                          ") is larger than the image (" + std::to_string(h) + "x" +
                          std::to_string(w) + ")");
  }
  const auto zeros = std::count(kernel.values.begin(), kernel.values.end(), 0.0);
  if (kh_ * kw_ - zeros <= direct_taps) {
    taps_ = non_zero_taps({kernel.values.rbegin(), kernel.values.rend()}, kw_);
    adjoint_taps_ = non_zero_taps(kernel.values, kw_);
    return;
  }
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
  return transform_ ? fourier_apply(x) : direct(x, taps_);
}

Tensor ValidConvolution::adjoint(const Tensor& y) const {
  return transform_ ? fourier_adjoint(y) : direct(surroundings_.extend(y), adjoint_taps_);
}

Tensor ValidConvolution::direct(const Tensor& x, std::span<const Tap> taps) const {
  const std::int64_t rows = x.shape().h - kh_ + 1;
  const std::int64_t columns = x.shape().w - kw_ + 1;
  Tensor y({x.shape().n, x.shape().c, rows, columns});
  const auto work = columns * static_cast<std::int64_t>(taps.size());
  for_each_item(x.shape().n * x.shape().c * rows, work, [&](std::int64_t i) {
    const float* in = x.data() + (i / rows * x.shape().h + i % rows) * x.shape().w;
    sum_taps(taps, in, x.shape().w, y.data() + i * columns, columns);
  });
  return y;
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
