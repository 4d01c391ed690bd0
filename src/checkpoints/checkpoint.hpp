#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace modeseek::checkpoints {

class MappedFile;

/// Element types that checkpoint files use.
enum class DType { f16, bf16, f32, f64, i8, i16, i32, i64, u8, boolean, u16, u32, u64 };

/// Bytes of one element.
std::size_t size_of(DType type);
/// "f32", "bf16", "bool", ...
std::string to_string(DType type);

/// One tensor of a file: where its elements lie, nothing copied. Contiguous, C order, little
/// endian; no alignment is promised (load with memcpy).
struct TensorEntry {
  DType type = DType::f32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;

  /// Product of the shape; 1 for a scalar.
  std::int64_t count() const;
};

/// "[64,3,3,3]"
std::string to_string(const std::vector<std::int64_t>& shape);

/// Named tensors and a configuration, whatever the file format was. `storage` keeps the bytes (a
/// memory mapping) alive. Readers guarantee that every entry's bytes lie inside the storage and
/// agree with its shape and type.
class Checkpoint {
 public:
  std::string path;                            ///< for messages
  std::map<std::string, TensorEntry> tensors;  ///< by their original names
  nlohmann::json config;                       ///< null when the file has none
  std::string family;  ///< natural, edm, guided-diffusion, diffusers; "" = to be detected
  /// Where in a PyTorch file the weights were found ("ema"); "" when it holds nothing else.
  std::string weights_key;
  std::shared_ptr<const void> storage;
  /// Those of the storage that are mapped into memory.
  std::vector<std::shared_ptr<const MappedFile>> files;

  bool contains(const std::string& name) const { return tensors.contains(name); }
  /// Throws FileError that names the file and the missing tensor.
  const TensorEntry& at(const std::string& name) const;
  /// Size of a tensor along an axis, from 0. Throws FileError when the tensor is missing or has
  /// fewer axes.
  std::int64_t extent(const std::string& name, std::size_t axis) const;
  /// The tensor converted to float32. Throws FileError when it is missing, is not of a number type
  /// or its shape differs from `shape` (the message names the tensor, what was expected and found).
  std::vector<float> floats(const std::string& name, const std::vector<std::int64_t>& shape) const;
  /// The same for later: throws now what floats() would throw, converts when it is called, and
  /// keeps the storage alive but as little of the files as it can in memory.
  std::function<std::vector<float>()> floats_later(const std::string& name,
                                                   const std::vector<std::int64_t>& shape) const;
  /// Gives back the memory that reading a tensor took; it can be read again.
  void forget(const TensorEntry& tensor) const;
  std::int64_t parameter_count() const;
};

/// A safetensors file in memory; `name` is for messages; `storage` owns `bytes`. Throws FileError.
Checkpoint parse_safetensors(std::span<const std::byte> bytes, const std::string& name,
                             std::shared_ptr<const void> storage);

/// A checkpoint file in memory whose format is told by its first bytes, never by its name. Throws
/// FileError.
Checkpoint parse_checkpoint(std::span<const std::byte> bytes, const std::string& name,
                            std::shared_ptr<const void> storage);

/// Opens a checkpoint, whatever its format: a file; a sharded index (`*.index.json`); or a folder
/// that holds `config.json` and weights (`model` or `diffusion_pytorch_model`, as one file or
/// sharded). Of a diffusers pipeline the folder, or its `unet` folder, is enough. The scheduler's
/// configuration joins the network's as config["scheduler"]. Throws FileError.
Checkpoint open_checkpoint(const std::string& path);

}  // namespace modeseek::checkpoints
