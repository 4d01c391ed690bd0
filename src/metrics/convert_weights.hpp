#pragma once

#include <optional>
#include <string>

#include "checkpoints/checkpoint.hpp"

namespace modeseek::metrics {

/// "lpips-alex", "lpips-vgg" or "fid-inception" when a checkpoint holds the weights of a metric's
/// network, empty otherwise. Throws FileError for LPIPS on an unknown network.
std::string weights_family(const checkpoints::Checkpoint& checkpoint);

/// Writes the tensors that the metric reads as one safetensors file, in `type` where given, with
/// the family as its metadata. The network is built first, so that no unusable file is written.
/// Throws FileError.
void convert_weights(const checkpoints::Checkpoint& checkpoint, const std::string& target,
                     std::optional<checkpoints::DType> type);

}  // namespace modeseek::metrics
