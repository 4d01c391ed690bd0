#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "checkpoints/checkpoint.hpp"

namespace modeseek::checkpoints {

/// Maps and parses one file. Throws FileError.
Checkpoint open_file(const std::string& path);

/// The tensors of several files, listed by an index: {"weight_map": {tensor: file beside it}}.
/// Throws FileError.
Checkpoint open_shards(const std::string& index_path);

/// A folder with `config.json` and weights, or a diffusers pipeline that has one in `unet`. Throws
/// FileError.
Checkpoint open_folder(const std::string& path);

/// Whether the bytes begin like a zip archive, as PyTorch has written since 1.6.
bool is_zip(std::span<const std::byte> bytes);
/// Whether the bytes begin like a pickle: PyTorch before 1.6, or EDM.
bool is_pickle(std::span<const std::byte> bytes);

/// A PyTorch file in either form, or a pickle with tensors inside. Which dict of it holds the
/// weights is decided as weights.hpp says. Throws FileError.
Checkpoint parse_torch_zip(std::span<const std::byte> bytes, const std::string& name,
                           std::shared_ptr<const void> storage);
Checkpoint parse_torch_pickle(std::span<const std::byte> bytes, const std::string& name,
                              std::shared_ptr<const void> storage);

}  // namespace modeseek::checkpoints
