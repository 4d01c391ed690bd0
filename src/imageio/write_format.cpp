#include "imageio/write_format.hpp"

#include "imageio/file_kind.hpp"
#include "modeseek/image.hpp"

namespace modeseek {
namespace {

struct NamedFormat {
  const char* extension;
  WriteFormat format;
};

constexpr WriteFormat kPng{"png", {8, 16, 0}, true, true, false};
constexpr WriteFormat kJpeg{"jpeg", {8, 0, 0}, false, false, false};
constexpr WriteFormat kTiff{"tiff", {8, 16, 32}, true, false, false};
constexpr WriteFormat kExr{"openexr", {32, 0, 0}, true, true, true};
constexpr std::array<NamedFormat, 6> kFormats{{{".png", kPng},
                                               {".jpg", kJpeg},
                                               {".jpeg", kJpeg},
                                               {".tif", kTiff},
                                               {".tiff", kTiff},
                                               {".exr", kExr}}};

}  // namespace

const WriteFormat* find_write_format(const std::string& path) {
  const std::string extension = lower_extension(path);
  for (const NamedFormat& named : kFormats) {
    if (extension == named.extension) return &named.format;
  }
  return nullptr;
}

bool is_image_path(const std::string& path) { return find_write_format(path) != nullptr; }

}  // namespace modeseek
