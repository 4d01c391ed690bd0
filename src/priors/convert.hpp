#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkpoints/checkpoint.hpp"
#include "modeseek/prior.hpp"

namespace modeseek::priors {

/// Writes a checkpoint of any format as one self-describing safetensors file: its weights, in
/// `type` where given; its complete configuration, what had to be detected and the caller's
/// settings included, as the metadata "modeseek.config"; and the hash of the source as
/// "modeseek.source_hash". The network is built first, so that no unusable file is written. Returns
/// what had to be assumed, a line each. Throws FileError and InvalidArgument as load_prior does.
std::vector<std::string> convert_checkpoint(const std::string& source, const std::string& target,
                                            std::optional<checkpoints::DType> type,
                                            const PriorOptions& options);

}  // namespace modeseek::priors
