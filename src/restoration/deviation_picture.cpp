#include "restoration/deviation_picture.hpp"

#include <algorithm>

#include "modeseek/image.hpp"
#include "restoration/paths.hpp"

namespace modeseek {
namespace {

/// Deviation on [0, 1] that a picture shows as white.
constexpr float kWhite = 0.1F;

}  // namespace

void write_deviation(const std::string& path, const Tensor& deviation) {
  Image picture;
  picture.pixels = 0.5F * deviation;
  if (is_image_path(path)) {
    for (float& value : picture.pixels.values()) {
      value = 2 * std::min(value / kWhite, 1.0F) - 1;
    }
    picture.bits = 8;
  }
  write_picture(path, picture);
}

}  // namespace modeseek
