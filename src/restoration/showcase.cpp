#include "restoration/showcase.hpp"

#include <utility>

#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"
#include "restoration/baseline.hpp"
#include "restoration/picture.hpp"
#include "restoration/resample.hpp"

namespace modeseek {
namespace {

bool same_size(const Shape& a, const Shape& b) { return a.h == b.h && a.w == b.w; }

Image enlarged(const PosedTask& posed, const Image& measurement, Interpolation method) {
  Image image = measurement;
  if (same_size(measurement.pixels.shape(), posed.picture)) return image;
  image.pixels = resample(measurement.pixels, posed.picture.h, posed.picture.w, method);
  if (image.alpha) {
    image.alpha = resample(*image.alpha, posed.picture.h, posed.picture.w, Interpolation::linear);
  }
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

Tensor matching_reference(const Tensor& clean, const Task& task, const PosedTask& posed,
                          const ArrayLoader& load) {
  const Shape& have = clean.shape();
  const Shape& want = posed.picture;
  if (have == want) return clean;
  const Shape fit = task.fitting_shape(have, load);
  if (have.c != want.c || !same_size(fit, posed.op->domain())) {
    throw InvalidArgument("the clean picture is " + to_string(have) + ", the restored one " +
                          to_string(want));
  }
  return crop(clean, posed.top, posed.left, want.h, want.w);
}

}  // namespace modeseek
