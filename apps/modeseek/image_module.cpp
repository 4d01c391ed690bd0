#include "image_codecs.hpp"

const modeseek::app::ImageCodecs* modeseek_image_codecs() {
  static const modeseek::app::ImageCodecs codecs{MODESEEK_VERSION, &modeseek::read_image,
                                                 &modeseek::write_image};
  return &codecs;
}
