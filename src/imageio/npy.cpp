#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <string_view>
#include <vector>

#include "core/atomic_file.hpp"
#include "imageio/file_kind.hpp"
#include "imageio/npy_header.hpp"
#include "modeseek/error.hpp"
#include "modeseek/image.hpp"

namespace modeseek {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (const std::int64_t extent : shape) text += std::to_string(extent) + ",";
  return text + ")";
}

/// Axes aligned to the right of [N,C,H,W]; checks their number, that none is 0, and the count.
Shape to_shape(const NpyHeader& header, const std::string& name) {
  const std::size_t axes = header.shape.size();
  if (axes < 1 || axes > 4) {
    throw FileError(name, "expected 1 to 4 axes, found the shape " + shape_text(header.shape));
  }
  std::array<std::int64_t, 4> extents{1, 1, 1, 1};
  std::int64_t count = 1;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t extent = header.shape[i];
    if (extent == 0 || count > kMaxElements / extent) {
      throw FileError(name, (extent == 0 ? "no elements: shape " : "too many elements: shape ") +
                                shape_text(header.shape));
    }
    count *= extent;
    extents[4 - axes + i] = extent;
  }
  return {extents[0], extents[1], extents[2], extents[3]};
}

/// IEEE 754 half precision.
float half_to_float(std::uint16_t half) {
  const int exponent = (half >> 10) & 0x1F;
  const int fraction = half & 0x3FF;
  const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  if (exponent < 31) return sign * std::ldexp(static_cast<float>(fraction | 0x400), exponent - 25);
  return fraction == 0 ? sign * std::numeric_limits<float>::infinity()
                       : std::numeric_limits<float>::quiet_NaN();
}

template <typename Element>
Element load(const std::byte* at) {
  Element value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// A double beyond the range of float becomes an infinity: what IEEE 754 rounding gives, without
/// the undefined behaviour of the plain conversion in C++.
float narrow(double value) {
  constexpr double kMax = std::numeric_limits<float>::max();
  if (std::fabs(value) > kMax) {
    return std::copysign(std::numeric_limits<float>::infinity(),
                         static_cast<float>(value < 0 ? -1 : 1));
  }
  return static_cast<float>(value);
}

template <typename Element>
void convert(std::span<const std::byte> data, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto value = load<Element>(data.data() + i * sizeof(Element));
    if constexpr (std::is_same_v<Element, double>) {
      out[i] = narrow(value);
    } else {
      out[i] = static_cast<float>(value);
    }
  }
}

void convert_half(std::span<const std::byte> data, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = half_to_float(load<std::uint16_t>(data.data() + 2 * i));
  }
}

void convert_bool(std::span<const std::byte> data, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = data[i] == std::byte{0} ? 0.0F : 1.0F;
}

void convert_all(const NpyHeader& header, std::span<const std::byte> data, std::span<float> out) {
  const bool is_signed = header.kind == 'i';
  if (header.kind == 'b') return convert_bool(data, out);
  if (header.kind == 'f') {
    if (header.item_size == 2) return convert_half(data, out);
    return header.item_size == 4 ? convert<float>(data, out) : convert<double>(data, out);
  }
  switch (header.item_size) {
    case 1:
      return is_signed ? convert<std::int8_t>(data, out) : convert<std::uint8_t>(data, out);
    case 2:
      return is_signed ? convert<std::int16_t>(data, out) : convert<std::uint16_t>(data, out);
    case 4:
      return is_signed ? convert<std::int32_t>(data, out) : convert<std::uint32_t>(data, out);
    default:
      return is_signed ? convert<std::int64_t>(data, out) : convert<std::uint64_t>(data, out);
  }
}

/// Elements in Fortran order (first axis fastest) to C order.
Tensor from_fortran(const Tensor& in) {
  const Shape& s = in.shape();
  Tensor out(s);
  std::size_t at = 0;
  for (std::int64_t x = 0; x < s.w; ++x) {
    for (std::int64_t y = 0; y < s.h; ++y) {
      for (std::int64_t c = 0; c < s.c; ++c) {
        for (std::int64_t n = 0; n < s.n; ++n) out(n, c, y, x) = in.values()[at++];
      }
    }
  }
  return out;
}

/// The shape, which the elements of a file of `size` bytes must fill.
Shape checked_shape(const NpyHeader& header, std::uint64_t size, const std::string& name) {
  const Shape shape = to_shape(header, name);
  const std::uint64_t found = size - header.data_offset;
  // At most 2^40 elements of 8 bytes: no overflow.
  const std::uint64_t expected = static_cast<std::uint64_t>(shape.count()) * header.item_size;
  if (found != expected) {
    throw FileError(name, std::string(found < expected ? "truncated" : "malformed") +
                              " .npy: the shape " + shape_text(header.shape) + " needs " +
                              std::to_string(expected) + " bytes, found " + std::to_string(found));
  }
  return shape;
}

/// What a whole file holds behind its header.
Tensor elements(const NpyHeader& header, const Shape& shape, std::span<const std::byte> file) {
  Tensor tensor(shape);
  convert_all(header, file.subspan(header.data_offset), tensor.values());
  return header.fortran_order ? from_fortran(tensor) : tensor;
}

void read_into(std::ifstream& in, std::span<std::byte> bytes, const std::string& path) {
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!in) throw FileError(path, "cannot read the whole file");
}

}  // namespace

Tensor parse_npy(std::span<const std::byte> bytes, const std::string& name) {
  const NpyHeader header = parse_npy_header(bytes, name);
  return elements(header, checked_shape(header, bytes.size(), name), bytes);
}

Tensor read_npy(const std::string& path, std::uint64_t max_bytes) {
  const std::uint64_t size = regular_file_size(path);
  std::ifstream in(path, std::ios::binary);
  if (!in) throw FileError(path, "cannot read the file");
  try {
    std::vector<std::byte> bytes(
        static_cast<std::size_t>(std::min<std::uint64_t>(size, max_npy_prefix + max_npy_header)));
    read_into(in, bytes, path);
    const NpyHeader header = parse_npy_header(bytes, path);
    const Shape shape = checked_shape(header, size, path);
    const std::uint64_t copies = header.fortran_order ? 2 : 1;
    const std::uint64_t needed =
        size + copies * static_cast<std::uint64_t>(shape.count()) * sizeof(float);
    if (needed > max_bytes) throw OutOfMemory(path, needed, max_bytes);
    const std::size_t start = bytes.size();
    bytes.resize(static_cast<std::size_t>(size));
    read_into(in, std::span(bytes).subspan(start), path);
    return elements(header, shape, bytes);
  } catch (const std::bad_alloc&) {
    throw FileError(path, "there is not enough memory to read the file");
  }
}

void write_npy(const std::string& path, const Tensor& tensor) {
  const Shape& s = tensor.shape();
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(s.n) +
                       ", " + std::to_string(s.c) + ", " + std::to_string(s.h) + ", " +
                       std::to_string(s.w) + "), }";
  // The elements start at a multiple of 64 bytes, as NumPy writes them.
  constexpr std::size_t kPrefix = 10;
  while ((kPrefix + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string file("\x93NUMPY\x01\0", 8);
  file += static_cast<char>(header.size() & 0xFF);
  file += static_cast<char>(header.size() >> 8);
  file += header;
  file.append(reinterpret_cast<const char*>(tensor.data()), tensor.values().size_bytes());
  write_file_atomically(path, file);
}

}  // namespace modeseek
