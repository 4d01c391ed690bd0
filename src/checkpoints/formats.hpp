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

}  // namespace modeseek::checkpoints
