#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "operators/chroma_sampling.hpp"
#include "operators/jpeg_blocks.hpp"
#include "operators/non_linear.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

using Plane = ChromaSampling::Plane;
using Planes = std::array<Plane, 3>;
using Mix = std::array<std::array<double, 3>, 3>;

/// RGB to Y, Cb, Cr (JFIF 1.02), the colour differences around 0.
constexpr Mix kToLuma{{{0.299, 0.587, 0.114},
                       {-0.299 / 1.772, -0.587 / 1.772, 0.5},
                       {0.5, -0.587 / 1.402, -0.114 / 1.402}}};
constexpr Mix kToRgb{
    {{1, 0, 1.402}, {1, -0.114 * 1.772 / 0.587, -0.299 * 1.402 / 0.587}, {1, 1.772, 0}}};

constexpr Mix transposed(const Mix& m) {
  return {{{m[0][0], m[1][0], m[2][0]}, {m[0][1], m[1][1], m[2][1]}, {m[0][2], m[1][2], m[2][2]}}};
}

Planes mixed(const Mix& mix, const Planes& in) {
  Planes out;
  for (std::size_t c = 0; c < 3; ++c) {
    out[c].resize(in[c].size());
    for (std::size_t i = 0; i < in[c].size(); ++i) {
      out[c][i] = static_cast<float>(mix[c][0] * static_cast<double>(in[0][i]) +
                                     mix[c][1] * static_cast<double>(in[1][i]) +
                                     mix[c][2] * static_cast<double>(in[2][i]));
    }
  }
  return out;
}

Planes planes_of(const Tensor& t, std::int64_t n) {
  Planes planes;
  for (std::int64_t c = 0; c < 3; ++c) {
    const auto values = t.plane(n, c);
    planes[static_cast<std::size_t>(c)].assign(values.begin(), values.end());
  }
  return planes;
}

void store(const Planes& planes, Tensor& t, std::int64_t n) {
  for (std::int64_t c = 0; c < 3; ++c) {
    const Plane& plane = planes[static_cast<std::size_t>(c)];
    std::copy(plane.begin(), plane.end(), t.plane(n, c).begin());
  }
}

void round_to_bytes(Plane& plane) {
  for (float& value : plane) value = std::clamp(std::round(value), 0.0F, 255.0F);
}

/// Means of four bytes to bytes: libjpeg rounds 1/2 down in even columns and up in odd ones.
void round_as_libjpeg(Plane& half, std::int64_t columns) {
  for (std::size_t i = 0; i < half.size(); ++i) {
    const bool even = i % static_cast<std::size_t>(columns) % 2 == 0;
    half[i] = std::floor(half[i] + (even ? 0.25F : 0.5F));
  }
}

/// The derivative by the straight-through estimator: every rounding and clipping passes for the
/// identity. The cosine transform and its inverse then cancel, and what is left is the loss of
/// resolution in the colour differences.
class JpegDerivative final : public Operator {
 public:
  explicit JpegDerivative(const Shape& domain)
      : Operator(domain, domain), sampling_(domain.h, domain.w) {}

 protected:
  Tensor do_apply(const Tensor& x) const override {
    if (domain().c == 1) return x;
    Tensor y(x.shape());
    for (std::int64_t n = 0; n < x.shape().n; ++n) {
      Planes planes = mixed(kToLuma, planes_of(x, n));
      for (const std::size_t c : {1U, 2U}) {
        planes[c] = sampling_.enlarge(sampling_.reduce(planes[c]));
      }
      store(mixed(kToRgb, planes), y, n);
    }
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    if (domain().c == 1) return y;
    Tensor x(y.shape());
    for (std::int64_t n = 0; n < y.shape().n; ++n) {
      Planes planes = mixed(transposed(kToRgb), planes_of(y, n));
      for (const std::size_t c : {1U, 2U}) {
        planes[c] = sampling_.reduce_transposed(sampling_.enlarge_transposed(planes[c]));
      }
      store(mixed(transposed(kToLuma), planes), x, n);
    }
    return x;
  }

 private:
  ChromaSampling sampling_;
};

/// A JPEG file's picture: 8-bit Y Cb Cr, colour differences at half the resolution, blocks coded
/// with libjpeg's tables, libjpeg's interpolation on the way back.
class Jpeg final : public NonLinearOperator {
 public:
  Jpeg(const Shape& domain, int quality)
      : NonLinearOperator(domain, domain),
        luminance_(jpeg_luminance_table(quality)),
        chrominance_(jpeg_chrominance_table(quality)),
        sampling_(domain.h, domain.w) {}

  double norm() const override { return JpegDerivative(domain()).norm(); }
  /// The rounding error of the four coefficients of lowest frequency, which nearly every block
  /// holds, seen as noise.
  float noise_floor() const override {
    const float step = (luminance_[0] + luminance_[1] + luminance_[8] + luminance_[9]) / 4;
    return step / std::sqrt(12.0F) / 127.5F;
  }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(x.shape());
    for (std::int64_t n = 0; n < x.shape().n; ++n) {
      if (domain().c == 1) {
        code_grey(x, y, n);
      } else {
        code_colour(x, y, n);
      }
    }
    for (float& value : y.values()) value = std::clamp(value / 127.5F - 1, -1.0F, 1.0F);
    return y;
  }

  std::unique_ptr<Operator> derivative(const Tensor& /*x*/) const override {
    return std::make_unique<JpegDerivative>(domain());
  }

 private:
  void code_grey(const Tensor& x, Tensor& y, std::int64_t n) const {
    const auto values = x.plane(n, 0);
    Plane plane(values.begin(), values.end());
    for (float& value : plane) value = 127.5F * (value + 1);
    round_to_bytes(plane);
    code_jpeg_blocks(plane, domain().h, domain().w, luminance_);
    std::copy(plane.begin(), plane.end(), y.plane(n, 0).begin());
  }

  void code_colour(const Tensor& x, Tensor& y, std::int64_t n) const {
    Planes planes = planes_of(x, n);
    for (Plane& plane : planes) {
      for (float& value : plane) value = std::clamp(127.5F * (value + 1), 0.0F, 255.0F);
    }
    planes = mixed(kToLuma, planes);
    round_to_bytes(planes[0]);
    code_jpeg_blocks(planes[0], domain().h, domain().w, luminance_);
    for (const std::size_t c : {1U, 2U}) {
      for (float& value : planes[c]) value += 128;
      round_to_bytes(planes[c]);
      Plane half = sampling_.reduce(planes[c]);
      round_as_libjpeg(half, sampling_.half_w());
      code_jpeg_blocks(half, sampling_.half_h(), sampling_.half_w(), chrominance_);
      planes[c] = sampling_.enlarge(half);
      for (float& value : planes[c]) value -= 128;
    }
    store(mixed(kToRgb, planes), y, n);
  }

  JpegTable luminance_;
  JpegTable chrominance_;
  ChromaSampling sampling_;
};

}  // namespace

std::unique_ptr<Operator> make_jpeg(const Shape& domain, int quality) {
  if (domain.c != 1 && domain.c != 3) {
    throw InvalidArgument("a JPEG picture has 1 or 3 channels, found " + std::to_string(domain.c));
  }
  return std::make_unique<Jpeg>(domain, quality);
}

}  // namespace modeseek
