#include "checkpoints/write_safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/atomic_file.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

bool is_float(DType type) {
  return type == DType::f16 || type == DType::bf16 || type == DType::f32 || type == DType::f64;
}

/// "F32", "BOOL", ...
std::string name_in_file(DType type) {
  std::string name = to_string(type);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

DType stored_type(const TensorEntry& entry, std::optional<DType> wanted) {
  if (!wanted || !is_float(entry.type)) return entry.type;
  return entry.shape.size() > 1 ? *wanted : DType::f32;
}

/// binary32 to bfloat16, to nearest, ties to even.
std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

/// binary32 to binary16, to nearest, ties to even; beyond the range infinity.
std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000U);
  const float magnitude = std::abs(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7e00U);
  if (magnitude >= 65520.0F) return static_cast<std::uint16_t>(sign | 0x7c00U);
  if (magnitude < 0x1p-14F) {
    // Subnormal halves are multiples of 2^-24, the last bit of the floats in [0.5, 1): the addition
    // rounds to them and leaves the half's bits.
    const std::uint32_t shifted = std::bit_cast<std::uint32_t>(magnitude + 0.5F);
    return static_cast<std::uint16_t>(sign | (shifted - std::bit_cast<std::uint32_t>(0.5F)));
  }
  const std::uint32_t rebiased = (bits & 0x7fffffffU) - (112U << 23);
  return static_cast<std::uint16_t>(sign | ((rebiased + 0xfffU + ((rebiased >> 13) & 1U)) >> 13));
}

template <class Stored, class Convert>
std::vector<std::byte> convert(const std::vector<float>& values, Convert to_stored) {
  std::vector<std::byte> bytes(values.size() * sizeof(Stored));
  std::byte* target = bytes.data();
  for (const float value : values) {
    const Stored stored = to_stored(value);
    std::memcpy(target, &stored, sizeof stored);
    target += sizeof stored;
  }
  return bytes;
}

/// The bytes of one tensor in the wanted type.
std::vector<std::byte> converted(const Checkpoint& checkpoint, const std::string& name,
                                 DType type) {
  const std::vector<float> values = checkpoint.floats(name, checkpoint.at(name).shape);
  if (type == DType::bf16) return convert<std::uint16_t>(values, to_bfloat16);
  if (type != DType::f16) return convert<float>(values, [](float value) { return value; });
  const bool fits = std::all_of(values.begin(), values.end(),
                                [](float value) { return !(std::abs(value) >= 65520.0F); });
  if (!fits) {
    throw FileError(checkpoint.path, "tensor '" + name +
                                         "' holds values beyond half precision (65504): bf16 has "
                                         "the range");
  }
  return convert<std::uint16_t>(values, to_half);
}

std::string header_of(const Checkpoint& checkpoint,
                      const std::map<std::string, std::string>& metadata,
                      std::optional<DType> type) {
  nlohmann::json header;
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, entry] : checkpoint.tensors) {
    const DType stored = stored_type(entry, type);
    const std::uint64_t bytes = static_cast<std::uint64_t>(entry.count()) * size_of(stored);
    header[name] = {{"dtype", name_in_file(stored)},
                    {"shape", entry.shape},
                    {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // so that the data are aligned
  return text;
}

void write(std::ofstream& stream, std::span<const std::byte> bytes) {
  stream.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

void write_safetensors(const std::string& path, const Checkpoint& checkpoint,
                       const std::map<std::string, std::string>& metadata,
                       std::optional<DType> type) {
  AtomicFile file(path);
  std::ofstream stream(file.temporary_path(), std::ios::binary);
  const std::string header = header_of(checkpoint, metadata, type);
  const std::uint64_t length = header.size();
  write(stream, std::as_bytes(std::span(&length, 1)));
  write(stream, std::as_bytes(std::span(header.data(), header.size())));
  for (const auto& [name, entry] : checkpoint.tensors) {
    const DType stored = stored_type(entry, type);
    if (stored == entry.type) {
      write(stream, entry.bytes);
    } else {
      write(stream, converted(checkpoint, name, stored));
    }
  }
  stream.close();
  if (!stream) throw FileError(path, "cannot write");
  file.commit();
}

}  // namespace modeseek::checkpoints
