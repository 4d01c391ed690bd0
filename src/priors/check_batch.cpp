#include "priors/check_batch.hpp"

#include <fmt/format.h>

#include <cmath>

#include "modeseek/error.hpp"

namespace modeseek::priors {

void check_batch(const Tensor& x, std::span<const float> sigma,
                 const ImageConstraints& constraints) {
  const Shape& shape = x.shape();
  if (shape.n < 1 || shape.h < 1 || shape.w < 1)
    throw InvalidArgument(
        fmt::format("denoiser: expected a non-empty image, found {}", to_string(shape)));
  if (shape.c != constraints.channels)
    throw InvalidArgument(
        fmt::format("denoiser: channels: expected {}, found {}", constraints.channels, shape.c));
  const auto& size = constraints.fixed_size;
  if (size && *size != std::pair{shape.h, shape.w})
    throw InvalidArgument(fmt::format("denoiser: expected {} x {} pixels, found {} x {}",
                                      size->first, size->second, shape.h, shape.w));
  if (static_cast<std::int64_t>(sigma.size()) != shape.n)
    throw InvalidArgument(fmt::format("denoiser: expected {} noise levels, one a sample, found {}",
                                      shape.n, sigma.size()));
  for (const float s : sigma)
    if (!(s > 0) || !std::isfinite(s))
      throw InvalidArgument(
          fmt::format("denoiser: noise level: expected a positive number, found {}", s));
}

}  // namespace modeseek::priors
