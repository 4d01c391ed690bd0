#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// A picture in memory.
struct Image {
  Tensor pixels;                ///< [1,C,H,W] in [-1, 1], C = 1 (grey) or 3 (RGB)
  std::optional<Tensor> alpha;  ///< [1,1,H,W] in [0, 1], kept untouched from input to output
  /// Bits an element of the file it came from (8, 16) or 32 for float; 0 when it came from no file.
  int bits = 0;

  /// Standard deviation of the file's rounding on the [0, 1] scale: 1 / (sqrt(12) (2^bits - 1)) for
  /// 8 and 16 bits (0.29/255 for 8), 0 for float.
  double quantisation() const;
};

/// Reads PNG, JPEG, TIFF, EXR, BMP, WebP and PNM, told apart by content, not by name; 8 and 16 bit
/// and float; grey and colour, alpha kept (not premultiplied), EXIF orientation applied. Integer
/// files map [0, max] to [-1, 1], float files [0, 1] to [-1, 1]. Throws FileError (missing,
/// truncated, not an image, CMYK or another number of channels, no pixels, NaN or infinite pixels)
/// and OutOfMemory (more than `max_bytes` once decoded), before the memory is taken.
Image read_image(const std::string& path, std::uint64_t max_bytes = std::uint64_t{1} << 40);

/// Writes by the extension of `path`: .png .jpg .jpeg .tif .tiff .exr (EXR and 32-bit TIFF are
/// float and not clipped; the others clip to [0, 1] and round). `bits` 8, 16 or 32, 0 = the image's
/// own, or the nearest that the format can hold. JPEG has no room for alpha and leaves it out.
/// `metadata` (keys of 1 to 79 printable ASCII characters) is stored as text: one entry a key in
/// PNG and EXR, "key: value" lines of the image description in JPEG and TIFF; the key `Software` is
/// the program's name. Written under a temporary name in the same folder, then renamed. Throws
/// FileError (unknown extension, not writable), InvalidArgument (shape, alpha, bits or metadata do
/// not fit, NaN or infinite pixels).
void write_image(const std::string& path, const Image& image, int bits = 0,
                 const std::map<std::string, std::string>& metadata = {});

/// True when the extension is one that write_image takes.
bool is_image_path(const std::string& path);

/// NumPy .npy (format 1.0 to 3.0, little endian, C or Fortran order; f2 f4 f8, i1-i8, u1-u8, b1), 1
/// to 4 axes aligned to the right of [N,C,H,W]. Values as they are. Throws FileError, and
/// OutOfMemory (the file and the array take more than `max_bytes`) before the memory is taken.
Tensor read_npy(const std::string& path, std::uint64_t max_bytes = std::uint64_t{1} << 40);
/// Parses the bytes of an .npy file; `name` is for messages.
Tensor parse_npy(std::span<const std::byte> bytes, const std::string& name);
/// float32, C order, all four axes; temporary name, then renamed. Throws FileError.
void write_npy(const std::string& path, const Tensor& tensor);

}  // namespace modeseek
