#include "restoration/baseline.hpp"

#include <cmath>
#include <utility>

#include "modeseek/metrics.hpp"
#include "restoration/picture.hpp"
#include "restoration/resample.hpp"
#include "solvers/certificate.hpp"

namespace modeseek {
namespace {

constexpr int kBisections = 16;

Image enlarged(const PosedTask& posed, const Image& measurement, Interpolation method) {
  const Shape& have = measurement.pixels.shape();
  const Shape& want = posed.picture;
  Image image = measurement;
  if (have.h == want.h && have.w == want.w) return image;
  image.pixels = resample(measurement.pixels, want.h, want.w, method);
  if (image.alpha) image.alpha = resample(*image.alpha, want.h, want.w, Interpolation::linear);
  return image;
}

Image pseudo_inverse_picture(const PosedTask& posed, const Image& measurement, float noise) {
  Image image;
  image.bits = measurement.bits;
  const Tensor y = without_unknown_entries(measurement.pixels, posed.op->known_entries());
  image.pixels = to_picture(regularised_pseudo_inverse(*posed.op, y, noise), posed);
  return image;
}

Baseline rated(std::string name, Image image, const Tensor& clean) {
  const double quality = psnr(image.pixels, clean);
  return {std::move(name), std::move(image), quality};
}

}  // namespace

Tensor regularised_pseudo_inverse(const Operator& op, const Tensor& y, float noise) {
  const Tensor middle_grey(op.domain().with_samples(y.shape().n));
  if (const auto derivative = op.linearize(middle_grey)) {
    return regularised_pseudo_inverse(*derivative, y - op.apply(middle_grey), noise);
  }
  if (noise <= 0) return op.pseudo_inverse(y, 0.0);
  const double target = double(noise) * std::sqrt(measured_entries(op));
  const double scale = op.norm() * op.norm();
  double low = -6;  // log10 of lam, relative to the largest eigenvalue of H^T H
  double high = 2;
  for (int i = 0; i < kBisections; ++i) {
    const double middle = (low + high) / 2;
    const Tensor x = op.pseudo_inverse(y, scale * std::pow(10.0, middle));
    (norm(y - op.apply(x)) > target ? high : low) = middle;
  }
  return op.pseudo_inverse(y, scale * std::pow(10.0, low));
}

Image as_seen(const PosedTask& posed, const Image& measurement) {
  if (!posed.op->range_is_image()) return pseudo_inverse_picture(posed, measurement, 0.0F);
  return enlarged(posed, measurement, Interpolation::nearest);
}

Baseline best_baseline(const PosedTask& posed, const Image& measurement, float noise,
                       const Tensor& clean) {
  Baseline inverse =
      rated("pseudo-inverse", pseudo_inverse_picture(posed, measurement, noise), clean);
  const Shape& range = posed.op->range();
  const bool smaller = range.h < posed.picture.h || range.w < posed.picture.w;
  if (!posed.op->range_is_image() || !smaller || range.c != clean.shape().c) return inverse;
  Baseline bicubic = rated("bicubic", enlarged(posed, measurement, Interpolation::cubic), clean);
  return bicubic.psnr > inverse.psnr ? bicubic : inverse;
}

}  // namespace modeseek
