#include <array>
#include <cmath>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/restore.hpp"
#include "restoration/memory.hpp"
#include "restoration/resample.hpp"

namespace modeseek {

Image denoise(const Image& noisy, Denoiser& prior, float sigma, std::uint64_t max_memory) {
  if (!(std::isfinite(sigma) && sigma > 0)) {
    throw InvalidArgument("the noise level must be finite and positive, found " +
                          std::to_string(sigma));
  }
  const Shape shape = noisy.pixels.shape();
  const std::int64_t channels = prior.constraints().channels;
  const bool grey = shape.c == 1 && channels > 1;
  const Shape unknown = grey ? Shape{1, channels, shape.h, shape.w} : shape;
  fit_denoising(shape, unknown, prior, max_memory);
  Image clean;
  clean.alpha = noisy.alpha;
  clean.bits = noisy.bits;
  if (grey) {
    // Along the grey axis (1,1,1)/sqrt(3) three equal channels carry sqrt(3) times the noise of
    // one.
    const std::array<float, 1> level{sigma * std::sqrt(static_cast<float>(channels))};
    clean.pixels = channel_mean(prior.denoise(repeat_channel(noisy.pixels, channels), level));
  } else {
    const std::array<float, 1> level{sigma};
    clean.pixels = prior.denoise(noisy.pixels, level);
  }
  return clean;
}

}  // namespace modeseek
