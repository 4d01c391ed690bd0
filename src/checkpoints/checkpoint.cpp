#include "checkpoints/checkpoint.hpp"

#include <bit>
#include <cstring>

#include "checkpoints/mapped_file.hpp"
#include "checkpoints/messages.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

static_assert(std::endian::native == std::endian::little,
              "checkpoint files are little endian and are used in place");

/// IEEE 754 binary16 to binary32, exactly. Integer arithmetic: independent of flush-to-zero modes.
float from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fU;
  const std::uint32_t fraction = half & 0x3ffU;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 0x7f800000U : (exponent + 112) << 23;
  return std::bit_cast<float>(sign | wide | (fraction << 13));
}

float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// Converts element by element; memcpy because a file promises no alignment.
template <class Stored, class Convert>
std::vector<float> convert(const TensorEntry& entry, Convert to_float) {
  std::vector<float> result(static_cast<std::size_t>(entry.count()));
  const std::byte* source = entry.bytes.data();
  for (float& value : result) {
    Stored stored{};
    std::memcpy(&stored, source, sizeof stored);
    source += sizeof stored;
    value = to_float(stored);
  }
  return result;
}

template <class Stored>
std::vector<float> cast(const TensorEntry& entry) {
  return convert<Stored>(entry, [](Stored value) { return static_cast<float>(value); });
}

std::vector<float> copy_floats(const TensorEntry& entry) {
  std::vector<float> result(static_cast<std::size_t>(entry.count()));
  if (!result.empty()) std::memcpy(result.data(), entry.bytes.data(), entry.bytes.size());
  return result;
}

std::vector<float> to_floats(const TensorEntry& entry) {
  switch (entry.type) {
    case DType::f32:
      return copy_floats(entry);
    case DType::f16:
      return convert<std::uint16_t>(entry, from_half);
    case DType::bf16:
      return convert<std::uint16_t>(entry, from_bfloat16);
    case DType::f64:
      return cast<double>(entry);
    case DType::i8:
      return cast<std::int8_t>(entry);
    case DType::i16:
      return cast<std::int16_t>(entry);
    case DType::i32:
      return cast<std::int32_t>(entry);
    case DType::i64:
      return cast<std::int64_t>(entry);
    case DType::u8:
      return cast<std::uint8_t>(entry);
    case DType::u16:
      return cast<std::uint16_t>(entry);
    case DType::u32:
      return cast<std::uint32_t>(entry);
    case DType::u64:
      return cast<std::uint64_t>(entry);
    case DType::boolean:
      break;
  }
  throw InvalidArgument("no type of numbers");
}

}  // namespace

std::size_t size_of(DType type) {
  switch (type) {
    case DType::i8:
    case DType::u8:
    case DType::boolean:
      return 1;
    case DType::f16:
    case DType::bf16:
    case DType::i16:
    case DType::u16:
      return 2;
    case DType::f32:
    case DType::i32:
    case DType::u32:
      return 4;
    case DType::f64:
    case DType::i64:
    case DType::u64:
      return 8;
  }
  throw InvalidArgument("unknown element type");
}

std::string to_string(DType type) {
  switch (type) {
    case DType::f16:
      return "f16";
    case DType::bf16:
      return "bf16";
    case DType::f32:
      return "f32";
    case DType::f64:
      return "f64";
    case DType::i8:
      return "i8";
    case DType::i16:
      return "i16";
    case DType::i32:
      return "i32";
    case DType::i64:
      return "i64";
    case DType::u8:
      return "u8";
    case DType::boolean:
      return "bool";
    case DType::u16:
      return "u16";
    case DType::u32:
      return "u32";
    case DType::u64:
      return "u64";
  }
  throw InvalidArgument("unknown element type");
}

std::string to_string(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) {
    if (text.size() > 1) text += ',';
    text += std::to_string(size);
  }
  return text + "]";
}

std::int64_t TensorEntry::count() const {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) product *= size;
  return product;
}

const TensorEntry& Checkpoint::at(const std::string& name) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw FileError(path, "tensor " + in_quotes(name) + " is missing");
  return found->second;
}

std::int64_t Checkpoint::extent(const std::string& name, std::size_t axis) const {
  const TensorEntry& entry = at(name);
  if (axis >= entry.shape.size()) {
    throw FileError(path, "tensor " + in_quotes(name) + " has shape " + to_string(entry.shape) +
                              ", expected more than " + std::to_string(axis) + " axes");
  }
  return entry.shape[axis];
}

std::vector<float> Checkpoint::floats(const std::string& name,
                                      const std::vector<std::int64_t>& shape) const {
  return floats_later(name, shape)();
}

std::function<std::vector<float>()> Checkpoint::floats_later(
    const std::string& name, const std::vector<std::int64_t>& shape) const {
  const TensorEntry& entry = at(name);
  if (entry.shape != shape) {
    throw FileError(path, "tensor " + in_quotes(name) + " has shape " + to_string(entry.shape) +
                              ", expected " + to_string(shape));
  }
  if (entry.type == DType::boolean) {
    throw FileError(path, "tensor " + in_quotes(name) + " holds " + to_string(entry.type) +
                              ", expected numbers");
  }
  return [entry = entry, storage = storage, files = files] {
    std::vector<float> result = to_floats(entry);
    for (const auto& file : files) file->forget(entry.bytes);
    return result;
  };
}

void Checkpoint::forget(const TensorEntry& tensor) const {
  for (const auto& file : files) file->forget(tensor.bytes);
}

std::int64_t Checkpoint::parameter_count() const {
  std::int64_t total = 0;
  for (const auto& [name, entry] : tensors) total += entry.count();
  return total;
}

}  // namespace modeseek::checkpoints
