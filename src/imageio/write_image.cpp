#include <OpenImageIO/filesystem.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include "core/atomic_file.hpp"
#include "imageio/openimageio.hpp"
#include "imageio/write_format.hpp"
#include "modeseek/error.hpp"
#include "modeseek/image.hpp"

namespace modeseek {
namespace {

/// The least depth of the format that holds `wanted` bits, otherwise its greatest.
int choose_bits(const WriteFormat& format, int wanted) {
  int best = 0;
  for (const int bits : format.bits) {
    if (bits == 0) continue;
    best = bits;
    if (bits >= wanted) break;
  }
  return best;
}

void check_image(const Image& image, int bits) {
  const Shape& shape = image.pixels.shape();
  if (shape.n != 1 || (shape.c != 1 && shape.c != 3) || shape.h < 1 || shape.w < 1) {
    throw InvalidArgument("write_image: expected pixels [1,1 or 3,H,W], found " + to_string(shape));
  }
  if (shape.h > INT32_MAX || shape.w > INT32_MAX) {
    throw InvalidArgument("write_image: too many rows or columns: " + to_string(shape));
  }
  if (image.alpha && image.alpha->shape() != Shape{1, 1, shape.h, shape.w}) {
    throw InvalidArgument("write_image: alpha is " + to_string(image.alpha->shape()) +
                          ", pixels are " + to_string(shape));
  }
  if (!all_finite(image.pixels) || (image.alpha && !all_finite(*image.alpha))) {
    throw InvalidArgument("write_image: the image has NaN or infinite pixels");
  }
  if (bits != 0 && bits != 8 && bits != 16 && bits != 32) {
    throw InvalidArgument("write_image: bits must be 0, 8, 16 or 32, found " +
                          std::to_string(bits));
  }
}

void check_metadata(const std::map<std::string, std::string>& metadata) {
  for (const auto& [key, value] : metadata) {
    const bool printable =
        std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.empty() || key.size() > 79 || !printable) {
      throw InvalidArgument(
          "write_image: a metadata key must be 1 to 79 printable ASCII characters without spaces");
    }
    if (value.find('\0') != std::string::npos) {
      throw InvalidArgument("write_image: the metadata text of '" + key + "' has a zero byte");
    }
  }
}

void add_metadata(OIIO::ImageSpec& spec, const WriteFormat& format,
                  const std::map<std::string, std::string>& metadata) {
  std::string description;
  for (const auto& [key, value] : metadata) {
    if (format.any_metadata || key == "Software") {
      spec.attribute(key, value);
    } else {
      description += (description.empty() ? "" : "\n") + key + ": " + value;
    }
  }
  if (!description.empty()) spec.attribute("ImageDescription", description);
}

OIIO::ImageSpec make_spec(const Shape& shape, bool alpha, int bits, const WriteFormat& format) {
  const OIIO::TypeDesc type(bits == 8    ? OIIO::TypeDesc::UINT8
                            : bits == 16 ? OIIO::TypeDesc::UINT16
                                         : OIIO::TypeDesc::FLOAT);
  const int channels = static_cast<int>(shape.c) + (alpha ? 1 : 0);
  OIIO::ImageSpec spec(static_cast<int>(shape.w), static_cast<int>(shape.h), channels, type);
  spec.channelnames =
      shape.c == 1 ? std::vector<std::string>{"Y"} : std::vector<std::string>{"R", "G", "B"};
  if (alpha) {
    spec.channelnames.emplace_back("A");
    spec.alpha_channel = channels - 1;
  }
  // Colours are handed over as the file is to hold them.
  if (alpha && !format.premultiplied) spec.attribute("oiio:UnassociatedAlpha", 1);
  if (std::string_view(format.oiio_name) == "jpeg") {
    spec.attribute("Compression", "jpeg:95");
    spec.attribute("jpeg:subsampling", "4:4:4");
  } else {
    spec.attribute("Compression", "zip");
  }
  return spec;
}

/// [0, 1] to the elements of the file: integers clip and round, floats stay.
template <typename Element>
Element to_element(float value) {
  if constexpr (std::is_same_v<Element, float>) {
    return value;
  } else {
    constexpr float kMax = std::numeric_limits<Element>::max();
    return static_cast<Element>(std::lround(std::clamp(value, 0.0F, 1.0F) * kMax));
  }
}

template <typename Element>
std::vector<Element> interleave(const Image& image, bool alpha, bool premultiply) {
  const Shape& shape = image.pixels.shape();
  const auto pixels = static_cast<std::size_t>(shape.plane());
  const auto colours = static_cast<std::size_t>(shape.c);
  const std::size_t stride = colours + (alpha ? 1 : 0);
  std::vector<Element> elements(pixels * stride);
  for (std::size_t c = 0; c < colours; ++c) {
    const std::span<const float> plane = image.pixels.plane(0, static_cast<std::int64_t>(c));
    for (std::size_t i = 0; i < pixels; ++i) {
      float value = (plane[i] + 1.0F) / 2.0F;
      const bool scaled = premultiply && alpha && image.alpha->values()[i] > 0.0F;
      if (scaled) value *= image.alpha->values()[i];
      elements[i * stride + c] = to_element<Element>(value);
    }
  }
  for (std::size_t i = 0; alpha && i < pixels; ++i) {
    elements[i * stride + colours] = to_element<Element>(image.alpha->values()[i]);
  }
  return elements;
}

/// Encodes in memory: our own writing reports a full disk, which not every encoder does.
template <typename Element>
std::vector<unsigned char> encode(const Image& image, const OIIO::ImageSpec& spec,
                                  const WriteFormat& format, const std::string& path) {
  const std::vector<Element> elements =
      interleave<Element>(image, spec.alpha_channel >= 0, format.premultiplied);
  OIIO::Filesystem::IOVecOutput memory;
  const auto output = OIIO::ImageOutput::create(format.oiio_name);
  if (!output) throw FileError(path, "cannot write: " + one_line(OIIO::geterror(), path));
  if (!output->set_ioproxy(&memory) || !output->open(path, spec) ||
      !output->write_image(spec.format, elements.data()) || !output->close()) {
    throw FileError(path, "cannot write: " + one_line(output->geterror(), path));
  }
  return std::move(memory.buffer());
}

void write_checked(const std::string& path, const Image& image, int bits, const WriteFormat& format,
                   const std::map<std::string, std::string>& metadata) {
  const bool alpha = image.alpha.has_value() && format.alpha;
  const int depth = choose_bits(format, bits != 0 ? bits : image.bits);
  OIIO::ImageSpec spec = make_spec(image.pixels.shape(), alpha, depth, format);
  add_metadata(spec, format, metadata);
  const std::vector<unsigned char> bytes =
      depth == 8    ? encode<std::uint8_t>(image, spec, format, path)
      : depth == 16 ? encode<std::uint16_t>(image, spec, format, path)
                    : encode<float>(image, spec, format, path);
  write_file_atomically(path, std::as_bytes(std::span(bytes)));
}

}  // namespace

void write_image(const std::string& path, const Image& image, int bits,
                 const std::map<std::string, std::string>& metadata) {
  const WriteFormat* format = find_write_format(path);
  if (format == nullptr) {
    throw FileError(path, "unknown extension, expected .png, .jpg, .jpeg, .tif, .tiff or .exr");
  }
  check_image(image, bits);
  check_metadata(metadata);
  configure_openimageio();
  try {
    write_checked(path, image, bits, *format, metadata);
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw FileError(path, "there is not enough memory to encode the image");
  } catch (const std::exception& error) {
    throw FileError(path, one_line(error.what(), path));
  }
}

}  // namespace modeseek
