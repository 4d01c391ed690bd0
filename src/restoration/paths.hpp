#pragma once

#include <string>
#include <vector>

#include "modeseek/image.hpp"

namespace modeseek {

/// A picture or a measurement: images by read_image, `.npy` by read_npy (values on the [-1, 1]
/// scale, 32 bits). `max_bytes` as in read_image. Throws FileError.
Image read_picture(const std::string& path, std::uint64_t max_bytes = std::uint64_t{1} << 40);

/// Writes by extension: `.npy` by write_npy, the others by write_image. Throws FileError.
void write_picture(const std::string& path, const Image& picture, int bits = 0,
                   const std::map<std::string, std::string>& metadata = {});

/// Where the results of `inputs` go: `out` itself for one input, unless it is a folder or ends with
/// '/'; otherwise the inputs' own names in the folder `out`. Throws InvalidArgument when two inputs
/// have the same name, FileError when `out` exists and is no folder.
std::vector<std::string> result_paths(const std::vector<std::string>& inputs,
                                      const std::string& out);

/// Creates the folder that `path` lies in when `create` is true, then proves that a file of this
/// name and kind can be written there, without leaving one. Throws FileError.
void require_writable(const std::string& path, bool create_folder = false);

/// The same, and that the extension is an image's or .npy.
void require_writable_picture(const std::string& path, bool create_folder = false);

}  // namespace modeseek
