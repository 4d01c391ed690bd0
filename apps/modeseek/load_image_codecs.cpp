// The program's own read_image and write_image: the library's, from a file that is loaded at the
// first picture.
#include <dlfcn.h>

#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "image_codecs.hpp"
#include "modeseek/error.hpp"

namespace modeseek {
namespace {

constexpr const char* kFile = "modeseek-images.so";

/// Beside the program as it was built, and where it is installed.
std::array<std::filesystem::path, 2> candidates() {
  std::error_code unknown;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const std::filesystem::path folder = program.parent_path();
  return {folder / kFile, folder / MODESEEK_MODULE_FOLDER / kFile};
}

void* open_module() {
  std::string places;
  for (const std::filesystem::path& path : candidates()) {
    places += (places.empty() ? "" : ", ") + path.string();
    std::error_code absent;
    if (!std::filesystem::exists(path, absent)) continue;
    if (void* const module = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL)) return module;
    throw FileError(path.string(), std::string("cannot load the image formats: ") + dlerror());
  }
  throw FileError(kFile, "the program's image formats are missing; looked for " + places);
}

const app::ImageCodecs& load() {
  void* const module = open_module();
  const auto entry =
      reinterpret_cast<decltype(&modeseek_image_codecs)>(dlsym(module, "modeseek_image_codecs"));
  if (entry == nullptr) throw FileError(kFile, "has no image formats");
  const app::ImageCodecs& codecs = *entry();
  if (codecs.version != std::string_view(MODESEEK_VERSION)) {
    throw FileError(
        kFile, std::string("expected version ") + MODESEEK_VERSION + ", found " + codecs.version);
  }
  return codecs;
}

const app::ImageCodecs& image_codecs() {
  static const app::ImageCodecs& codecs = load();
  return codecs;
}

}  // namespace

Image read_image(const std::string& path, std::uint64_t max_bytes) {
  return image_codecs().read(path, max_bytes);
}

void write_image(const std::string& path, const Image& image, int bits,
                 const std::map<std::string, std::string>& metadata) {
  image_codecs().write(path, image, bits, metadata);
}

}  // namespace modeseek
