#include <cmath>
#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "modeseek/random.hpp"
#include "modeseek/restore.hpp"
#include "restoration/noise_stream.hpp"
#include "restoration/picture.hpp"
#include "restoration/resample.hpp"

namespace modeseek {
namespace {

constexpr float kBlack = -1.0F;

void add_noise(Tensor& y, float level, std::uint64_t seed) {
  if (level == 0) return;
  Tensor noise(y.shape());
  Random(seed, noise_stream).fill_normal(noise.values());
  add_scaled(y, level, noise);
}

void blacken_unknown_entries(Tensor& y, const Tensor& known) {
  if (known.empty()) return;
  const auto values = y.values();
  const auto mask = known.values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (mask[i] == 0.0F) values[i] = kBlack;
  }
}

}  // namespace

Image degrade(const Image& clean, const Task& task, float noise, std::uint64_t seed,
              const ArrayLoader& load) {
  if (!(std::isfinite(noise) && noise >= 0)) {
    throw InvalidArgument("the noise level must be finite and not negative, found " +
                          std::to_string(noise));
  }
  const Shape whole = clean.pixels.shape();
  const Shape fit = task.fitting_shape(whole, load);
  const auto op = task.build(fit, load);
  Image measurement;
  measurement.bits = clean.bits;
  measurement.pixels = op->apply(crop(clean.pixels, 0, 0, fit.h, fit.w));
  add_noise(measurement.pixels, noise, seed);
  const Tensor known = op->known_entries();
  if (op->range_is_image()) {
    blacken_unknown_entries(measurement.pixels, known);
  } else {
    measurement.pixels = without_unknown_entries(std::move(measurement.pixels), known);
  }
  if (clean.alpha && op->range_is_image()) {
    measurement.alpha = resample(crop(*clean.alpha, 0, 0, fit.h, fit.w), op->range().h,
                                 op->range().w, Interpolation::linear);
  }
  return measurement;
}

}  // namespace modeseek
