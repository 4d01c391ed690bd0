#include <OpenImageIO/filesystem.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include "imageio/file_kind.hpp"
#include "imageio/openimageio.hpp"
#include "imageio/orientation.hpp"
#include "imageio/png_chunks.hpp"
#include "imageio/tiff_tags.hpp"
#include "modeseek/error.hpp"
#include "modeseek/image.hpp"

namespace modeseek {
namespace {

/// Where the channels of a file go.
struct Layout {
  std::int64_t colours = 0;  ///< 1 or 3
  bool alpha = false;        ///< the channel after the colours
  bool premultiplied = false;

  std::int64_t channels() const { return colours + (alpha ? 1 : 0); }
};

/// An opened file together with the memory that OpenImageIO reads it from, if any.
struct OpenedImage {
  std::vector<std::byte> bytes;
  std::unique_ptr<OIIO::Filesystem::IOMemReader> memory;
  std::unique_ptr<OIIO::ImageInput> input;  // last: destroyed before what it reads from
};

std::vector<std::byte> read_bytes(const std::string& path, std::uint64_t max_bytes) {
  const std::uint64_t size = regular_file_size(path);
  if (size > max_bytes) throw OutOfMemory(path, size, max_bytes);
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  std::ifstream in(path, std::ios::binary);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!in) throw FileError(path, "cannot read the whole file");
  return bytes;
}

OpenedImage open_image(const std::string& path, std::uint64_t max_bytes) {
  const FileKind kind = detect_file_kind(path);
  if (kind == FileKind::unknown) {
    throw FileError(path, "not an image file (PNG, JPEG, TIFF, EXR, BMP, WebP, PNM)");
  }
  if (kind == FileKind::tiff && !tiff_states_bits_per_sample(path)) {
    // OpenImageIO 2.4 would take 8 bits where the TIFF specification says 1.
    throw FileError(path, "a TIFF without the tag BitsPerSample (black and white) is not read");
  }
  OpenedImage opened;
  OIIO::ImageSpec config;
  config.attribute("oiio:UnassociatedAlpha", 1);
  if (kind == FileKind::png) {
    opened.bytes = essential_png(read_bytes(path, max_bytes), path);
    opened.memory =
        std::make_unique<OIIO::Filesystem::IOMemReader>(opened.bytes.data(), opened.bytes.size());
    OIIO::Filesystem::IOProxy* proxy = opened.memory.get();
    config.attribute("oiio:ioproxy", OIIO::TypeDesc::PTR, &proxy);
  }
  opened.input = OIIO::ImageInput::create(oiio_format(kind));
  if (!opened.input) throw FileError(path, one_line(OIIO::geterror(), path));
  OIIO::ImageSpec spec;
  if (!opened.input->open(path, spec, config)) {
    throw FileError(path, one_line(opened.input->geterror(), path));
  }
  return opened;
}

/// OpenImageIO converts CMYK silently and without a colour profile; Lab it passes as if it were
/// RGB.
void refuse_foreign_colour(const OIIO::ImageSpec& spec, const std::string& path) {
  for (const char* name : {"jpeg:ColorSpace", "tiff:ColorSpace"}) {
    const std::string space(spec.get_string_attribute(name));
    if (space.empty() || space == "YCbCr" || space == "palette") continue;
    throw FileError(path, "colours are " + space + ", expected grey or RGB");
  }
}

Layout layout_of(const OIIO::ImageSpec& spec, const std::string& path) {
  if (spec.deep) throw FileError(path, "a deep image (several samples a pixel) is not read");
  if (spec.depth > 1) throw FileError(path, "a volume image is not read");
  refuse_foreign_colour(spec, path);
  const int n = spec.nchannels;
  Layout layout;
  layout.colours = n >= 3 ? 3 : 1;
  layout.alpha = n == 2 || n == 4;
  const bool known_alpha = !layout.alpha || spec.alpha_channel == n - 1;
  // EXR names its channels: three of them may be anything, luminance and chroma for instance.
  const bool named = n != 3 || spec.channelnames.size() != 3 || spec.channelnames[1] == "G" ||
                     spec.channelnames[1] == "g" || spec.channelnames[1] == "green";
  if (n < 1 || n > 4 || !known_alpha || !named) {
    std::string names;
    for (const std::string& channel : spec.channelnames) {
      if (names.size() < 80) names += (names.empty() ? "" : ",") + channel;
    }
    throw FileError(path, "expected grey or RGB, with or without alpha; found " +
                              std::to_string(n) + " channels (" + one_line(names, "") + ")");
  }
  layout.premultiplied = layout.alpha && spec.get_int_attribute("oiio:UnassociatedAlpha") == 0;
  return layout;
}

/// The element type to decode to, and its bits as Image::bits counts them.
std::pair<OIIO::TypeDesc, int> element_type(const OIIO::ImageSpec& spec, const std::string& path) {
  using OIIO::TypeDesc;
  switch (spec.format.basetype) {
    case TypeDesc::UINT8:
      return {TypeDesc(TypeDesc::UINT8), 8};
    case TypeDesc::UINT16:
      return {TypeDesc(TypeDesc::UINT16), 16};
    case TypeDesc::HALF:
    case TypeDesc::FLOAT:
    case TypeDesc::DOUBLE:
      return {TypeDesc(TypeDesc::FLOAT), 32};
    default:
      throw FileError(path, "elements are " + std::string(spec.format.c_str()) +
                                ", expected 8 or 16 bit unsigned or float");
  }
}

/// Bytes of the decoded elements and of the tensors made from them.
std::uint64_t decoded_bytes(const OIIO::ImageSpec& spec, std::size_t element_size,
                            const std::string& path) {
  if (spec.width < 1 || spec.height < 1) throw FileError(path, "the image has no pixels");
  const std::uint64_t pixels =
      static_cast<std::uint64_t>(spec.width) * static_cast<std::uint64_t>(spec.height);
  return pixels * static_cast<std::uint64_t>(spec.nchannels) * (element_size + sizeof(float));
}

/// Warnings of libjpeg that leave every pixel intact: fill bytes before the end marker, a JFIF
/// version of tomorrow.
bool harmless(const std::string& message) {
  const bool extraneous = message.find("extraneous bytes before marker 0xd9") != std::string::npos;
  const bool version = message.find("JFIF revision") != std::string::npos;
  return (extraneous || version) && message.find('\n') == std::string::npos;
}

void decode(OIIO::ImageInput& input, OIIO::TypeDesc type, void* out, const std::string& path) {
  const bool complete = input.read_image(0, 0, 0, -1, type, out);
  // A truncated JPEG or TIFF "succeeds", with grey pixels where data are missing and a message.
  const std::string message = input.geterror();
  if (complete && (message.empty() || harmless(message))) return;
  throw FileError(path, "damaged or truncated image: " + one_line(message, path));
}

/// One channel of interleaved elements, [0, maximum] -> [0, 1]. Throws FileError on NaN or
/// infinity.
template <typename Element>
void copy_channel(const Element* in, std::int64_t stride, float maximum, std::span<float> out,
                  const std::string& path) {
  for (float& value : out) {
    value = static_cast<float>(*in) / maximum;
    if (!std::isfinite(value)) throw FileError(path, "the image has NaN or infinite pixels");
    in += stride;
  }
}

/// Colours where alpha is 0 stay as they are: nothing is known of them.
void divide_by_alpha(Tensor& pixels, const Tensor& alpha) {
  for (std::int64_t c = 0; c < pixels.shape().c; ++c) {
    const std::span<float> plane = pixels.plane(0, c);
    for (std::size_t i = 0; i < plane.size(); ++i) {
      const float a = alpha.values()[i];
      if (a > 0.0F) plane[i] /= a;
    }
  }
}

template <typename Element>
Image decode_as(OIIO::ImageInput& input, OIIO::TypeDesc type, float maximum, const Layout& layout,
                const std::string& path) {
  const OIIO::ImageSpec& spec = input.spec();
  const Shape shape{1, layout.colours, spec.height, spec.width};
  const auto elements = static_cast<std::size_t>(shape.plane() * layout.channels());
  // Not initialised: a small file that claims a huge picture fails before its pages are touched.
  const std::unique_ptr<Element[]> buffer(new Element[elements]);
  decode(input, type, buffer.get(), path);
  Image image;
  image.pixels = Tensor(shape);
  const std::int64_t stride = layout.channels();
  for (std::int64_t c = 0; c < layout.colours; ++c) {
    copy_channel(buffer.get() + c, stride, maximum, image.pixels.plane(0, c), path);
  }
  if (layout.alpha) {
    image.alpha = Tensor(Shape{1, 1, shape.h, shape.w});
    copy_channel(buffer.get() + layout.colours, stride, maximum, image.alpha->values(), path);
    if (layout.premultiplied) divide_by_alpha(image.pixels, *image.alpha);
  }
  for (float& value : image.pixels.values()) value = 2.0F * value - 1.0F;
  return image;
}

Image read_checked(const std::string& path, std::uint64_t max_bytes) {
  const OpenedImage opened = open_image(path, max_bytes);
  OIIO::ImageInput& input = *opened.input;
  const OIIO::ImageSpec spec = input.spec();
  const Layout layout = layout_of(spec, path);
  const auto [type, bits] = element_type(spec, path);
  const std::uint64_t needed = decoded_bytes(spec, type.size(), path);
  if (needed > max_bytes) throw OutOfMemory(path, needed, max_bytes);
  Image image = bits == 8    ? decode_as<std::uint8_t>(input, type, 255.0F, layout, path)
                : bits == 16 ? decode_as<std::uint16_t>(input, type, 65535.0F, layout, path)
                             : decode_as<float>(input, type, 1.0F, layout, path);
  image.bits = bits;
  const int orientation = spec.get_int_attribute("Orientation", 1);
  image.pixels = apply_orientation(std::move(image.pixels), orientation);
  if (image.alpha) image.alpha = apply_orientation(std::move(*image.alpha), orientation);
  return image;
}

}  // namespace

Image read_image(const std::string& path, std::uint64_t max_bytes) {
  configure_openimageio();
  try {
    return read_checked(path, max_bytes);
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw FileError(path, "there is not enough memory to decode the image");
  } catch (const std::exception& error) {
    throw FileError(path, one_line(error.what(), path));
  }
}

}  // namespace modeseek
