#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "modeseek/image.hpp"

namespace modeseek::app {

/// What `modeseek-images.so` gives the program: read_image and write_image of the library.
/// OpenImageIO brings some 250 shared libraries, which take 0.3 s to load; the program loads them
/// when it first needs them.
struct ImageCodecs {
  const char* version;  ///< of modeseek: both files must come from one build
  Image (*read)(const std::string& path, std::uint64_t max_bytes);
  void (*write)(const std::string& path, const Image& image, int bits,
                const std::map<std::string, std::string>& metadata);
};

}  // namespace modeseek::app

/// The one symbol that the file exports.
extern "C" const modeseek::app::ImageCodecs* modeseek_image_codecs();
