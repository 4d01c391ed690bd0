#pragma once

#include <cstdint>
#include <string>

namespace modeseek {

/// What the first bytes of a file say that it is.
enum class FileKind { png, jpeg, tiff, exr, bmp, webp, pnm, unknown };

/// OpenImageIO's name of the format.
std::string oiio_format(FileKind kind);

/// Looks at the content only. Throws FileError when the file is missing, a folder, empty, no
/// regular file or unreadable.
FileKind detect_file_kind(const std::string& path);

/// Size in bytes of a regular file that is not empty; throws FileError as above.
std::uint64_t regular_file_size(const std::string& path);

/// Lower-case extension with its dot, ".png"; empty when there is none.
std::string lower_extension(const std::string& path);

}  // namespace modeseek
