#pragma once

#include <map>
#include <optional>
#include <string>

#include "checkpoints/checkpoint.hpp"

namespace modeseek::checkpoints {

/// Writes the tensors of a checkpoint as one safetensors file, whole or not at all, with `metadata`
/// as its __metadata__. With `type` (f32, f16 or bf16) matrices and convolutions are converted to
/// it, rounded to nearest; vectors (biases, norms, frequencies) become float32, since they are
/// small and their precision matters; whole numbers stay what they are. Throws FileError when the
/// file cannot be written or when a value is out of the type's range (the message names the
/// tensor).
void write_safetensors(const std::string& path, const Checkpoint& checkpoint,
                       const std::map<std::string, std::string>& metadata,
                       std::optional<DType> type);

}  // namespace modeseek::checkpoints
