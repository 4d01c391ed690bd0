// The safetensors format: 8 bytes with the length of the header, the header (JSON: name -> dtype,
// shape, data_offsets), then the data, which the tensors tile without overlap or hole.
// https://huggingface.co/docs/safetensors
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "checkpoints/checkpoint.hpp"
#include "checkpoints/json_text.hpp"
#include "checkpoints/layout.hpp"
#include "checkpoints/messages.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

/// What the reference implementation allows.
constexpr std::uint64_t max_header_bytes = 100'000'000;

constexpr std::array<std::pair<std::string_view, DType>, 13> dtype_names{
    {{"F16", DType::f16},
     {"BF16", DType::bf16},
     {"F32", DType::f32},
     {"F64", DType::f64},
     {"I8", DType::i8},
     {"I16", DType::i16},
     {"I32", DType::i32},
     {"I64", DType::i64},
     {"U8", DType::u8},
     {"U16", DType::u16},
     {"U32", DType::u32},
     {"U64", DType::u64},
     {"BOOL", DType::boolean}}};

struct File {
  const std::string& path;
  std::string_view header;
  std::span<const std::byte> data;
};

/// Where a tensor's bytes lie, relative to the start of the data.
struct Range {
  std::uint64_t begin;
  std::uint64_t end;
  std::string name;
};

File split(std::span<const std::byte> bytes, const std::string& path) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) {
    throw FileError(
        path, "is too short for a safetensors file: " + std::to_string(bytes.size()) + " bytes");
  }
  std::memcpy(&length, bytes.data(), sizeof length);
  const std::span<const std::byte> rest = bytes.subspan(sizeof length);
  if (length > rest.size()) {
    throw FileError(path, "safetensors header of " + std::to_string(length) +
                              " bytes does not fit a file of " + std::to_string(bytes.size()) +
                              " bytes");
  }
  if (length > max_header_bytes) {
    throw FileError(path, "safetensors header of " + std::to_string(length) +
                              " bytes is longer than " + std::to_string(max_header_bytes));
  }
  const auto size = static_cast<std::size_t>(length);
  return {path, {reinterpret_cast<const char*>(rest.data()), size}, rest.subspan(size)};
}

[[noreturn]] void fail(const File& file, const std::string& name, const std::string& problem) {
  throw FileError(file.path, "tensor " + in_quotes(name) + " " + problem);
}

DType read_dtype(const File& file, const std::string& name, const nlohmann::json& info) {
  const auto found = info.find("dtype");
  if (found == info.end() || !found->is_string()) fail(file, name, "has no dtype");
  const auto& text = found->get_ref<const std::string&>();
  for (const auto& [known, type] : dtype_names) {
    if (text == known) return type;
  }
  fail(file, name, "has the unknown dtype " + in_quotes(text));
}

std::vector<std::int64_t> read_shape(const File& file, const std::string& name,
                                     const nlohmann::json& info) {
  const auto found = info.find("shape");
  if (found == info.end() || !found->is_array()) fail(file, name, "has no shape");
  if (found->size() > max_axes) {
    fail(file, name,
         "has " + std::to_string(found->size()) + " axes, at most " + std::to_string(max_axes) +
             " are possible");
  }
  std::vector<std::int64_t> shape;
  for (const nlohmann::json& size : *found) {
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() >> 62 != 0) {
      fail(file, name, "has a shape that is not a list of sizes");
    }
    shape.push_back(size.get<std::int64_t>());
  }
  return shape;
}

Range read_range(const File& file, const std::string& name, const nlohmann::json& info) {
  const auto found = info.find("data_offsets");
  const bool pair = found != info.end() && found->is_array() && found->size() == 2 &&
                    (*found)[0].is_number_unsigned() && (*found)[1].is_number_unsigned();
  if (!pair) fail(file, name, "has no data_offsets [begin,end]");
  Range range{(*found)[0].get<std::uint64_t>(), (*found)[1].get<std::uint64_t>(), name};
  const std::string text =
      "[" + std::to_string(range.begin) + "," + std::to_string(range.end) + "]";
  if (range.begin > range.end) fail(file, name, "ends before it begins: data_offsets " + text);
  if (range.end > file.data.size()) {
    fail(file, name,
         "lies outside the file: data_offsets " + text + " of " + std::to_string(file.data.size()) +
             " bytes of data");
  }
  return range;
}

TensorEntry read_entry(const File& file, const Range& range, const nlohmann::json& info) {
  TensorEntry entry;
  entry.type = read_dtype(file, range.name, info);
  entry.shape = read_shape(file, range.name, info);
  const auto count = checked_count(entry.shape, entry.type);
  if (!count) fail(file, range.name, "has the impossible shape " + to_string(entry.shape));
  const std::uint64_t needed = static_cast<std::uint64_t>(*count) * size_of(entry.type);
  if (needed != range.end - range.begin) {
    fail(file, range.name,
         to_string(entry.type) + to_string(entry.shape) + " needs " + std::to_string(needed) +
             " bytes, the file gives it " + std::to_string(range.end - range.begin));
  }
  entry.bytes =
      file.data.subspan(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(needed));
  return entry;
}

/// The format demands that the tensors tile the data: an overlap or a hole is an error.
void check_tiling(const File& file, std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t covered = 0;
  const Range* previous = nullptr;
  for (const Range& range : ranges) {
    if (range.begin < covered) {
      fail(file, range.name, "overlaps tensor " + in_quotes(previous->name));
    }
    if (range.begin > covered) {
      fail(file, range.name,
           "follows a hole of " + std::to_string(range.begin - covered) + " bytes in the data");
    }
    covered = range.end;
    previous = &range;
  }
  if (covered != file.data.size()) {
    throw FileError(file.path, std::to_string(file.data.size() - covered) +
                                   " bytes of data belong to no tensor");
  }
}

/// Strings by name; modeseek's own files keep their configuration there.
void read_metadata(const File& file, const nlohmann::json& metadata, Checkpoint& checkpoint) {
  if (!metadata.is_object()) throw FileError(file.path, "__metadata__ is not an object");
  for (const auto& [key, value] : metadata.items()) {
    if (!value.is_string()) {
      throw FileError(file.path, "__metadata__ " + in_quotes(key) + " is not a string");
    }
  }
  const auto config = metadata.find("modeseek.config");
  if (config == metadata.end()) return;
  checkpoint.config =
      parse_json(config->get_ref<const std::string&>(), file.path, "modeseek.config");
  if (!checkpoint.config.is_object()) {
    throw FileError(file.path, "modeseek.config is not a JSON object");
  }
  const auto family = checkpoint.config.find("family");
  if (family != checkpoint.config.end() && family->is_string()) {
    checkpoint.family = family->get<std::string>();
  }
}

}  // namespace

Checkpoint parse_safetensors(std::span<const std::byte> bytes, const std::string& name,
                             std::shared_ptr<const void> storage) {
  const File file = split(bytes, name);
  const nlohmann::json header = parse_json(file.header, name, "safetensors header");
  if (!header.is_object()) throw FileError(name, "safetensors header is not a JSON object");
  Checkpoint checkpoint;
  checkpoint.path = name;
  checkpoint.storage = std::move(storage);
  std::vector<Range> ranges;
  for (const auto& [key, info] : header.items()) {
    if (key == "__metadata__") {
      read_metadata(file, info, checkpoint);
      continue;
    }
    if (!info.is_object()) fail(file, key, "is not described by an object");
    ranges.push_back(read_range(file, key, info));
    checkpoint.tensors.emplace(key, read_entry(file, ranges.back(), info));
  }
  check_tiling(file, ranges);
  return checkpoint;
}

}  // namespace modeseek::checkpoints
