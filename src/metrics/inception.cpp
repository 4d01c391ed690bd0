#include <algorithm>

#include "metrics/colour.hpp"
#include "metrics/inception_network.hpp"
#include "metrics/pil_resize.hpp"
#include "modeseek/error.hpp"
#include "modeseek/fid.hpp"

namespace modeseek {
namespace {

/// From [-1, 1] to what the network is given.
Tensor prepared(Tensor rgb) {
  for (float& value : rgb.values()) value = (value + 1) * 127.5F;
  constexpr std::int64_t side = metrics::InceptionNetwork::side;
  Tensor resized = metrics::pil_resize(rgb, side, side);
  for (float& value : resized.values()) value = (std::clamp(value, 0.0F, 255.0F) - 128) / 128;
  return resized;
}

}  // namespace

Inception::Inception(const std::string& path)
    : network_(std::make_unique<metrics::InceptionNetwork>(checkpoints::open_checkpoint(path))) {}

Inception::~Inception() = default;
Inception::Inception(Inception&&) noexcept = default;
Inception& Inception::operator=(Inception&&) noexcept = default;

std::vector<float> Inception::features(const Tensor& picture) {
  if (picture.empty() || picture.shape().n != 1) {
    throw InvalidArgument("Inception: expected one picture, found " + to_string(picture.shape()));
  }
  return (*network_)(prepared(metrics::rgb_sample(picture, 0, "Inception")));
}

}  // namespace modeseek
