#include "restoration/paths.hpp"

#include <filesystem>
#include <set>
#include <system_error>

#include "core/atomic_file.hpp"
#include "modeseek/error.hpp"

namespace modeseek {
namespace {

namespace fs = std::filesystem;

bool is_npy(const std::string& path) { return fs::path(path).extension() == ".npy"; }

bool names_folder(const std::string& path) {
  std::error_code error;
  return (!path.empty() && path.back() == '/') || fs::is_directory(path, error);
}

void create_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error)) return;
  fs::create_directories(folder, error);
  if (error) throw FileError(folder.string(), "cannot create the folder: " + error.message());
}

}  // namespace

Image read_picture(const std::string& path, std::uint64_t max_bytes) {
  if (!is_npy(path)) return read_image(path, max_bytes);
  Image picture;
  picture.pixels = read_npy(path, max_bytes);
  picture.bits = 32;
  if (!all_finite(picture.pixels)) throw FileError(path, "holds NaN or infinite values");
  return picture;
}

void write_picture(const std::string& path, const Image& picture, int bits,
                   const std::map<std::string, std::string>& metadata) {
  if (is_npy(path)) {
    write_npy(path, picture.pixels);
  } else {
    write_image(path, picture, bits, metadata);
  }
}

std::vector<std::string> result_paths(const std::vector<std::string>& inputs,
                                      const std::string& out) {
  if (inputs.size() == 1 && !names_folder(out)) return {out};
  std::error_code error;
  if (fs::exists(out, error) && !fs::is_directory(out, error)) {
    throw FileError(out, "is no folder, and " + std::to_string(inputs.size()) +
                             " results cannot go into one file");
  }
  std::vector<std::string> paths;
  std::set<std::string> seen;
  for (const std::string& input : inputs) {
    const std::string name = fs::path(input).filename().string();
    if (!seen.insert(name).second) {
      throw InvalidArgument("two inputs are named '" + name +
                            "', and their results cannot share a folder");
    }
    paths.push_back((fs::path(out) / name).string());
  }
  return paths;
}

void require_writable(const std::string& path, bool create_folder) {
  if (create_folder) create_folder_of(path);
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status)) {
    return;  // A device or a pipe is written directly; only writing can tell.
  }
  AtomicFile{path};
}

void require_writable_picture(const std::string& path, bool create_folder) {
  if (!is_npy(path) && !is_image_path(path)) {
    throw FileError(path, "the name must end in .png, .jpg, .jpeg, .tif, .tiff, .exr or .npy");
  }
  require_writable(path, create_folder);
}

}  // namespace modeseek
