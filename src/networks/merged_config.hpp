#pragma once

#include <functional>

#include "networks/config.hpp"
#include "networks/network.hpp"

namespace modeseek::networks {

/// The configuration that a network is built from: the checkpoint's own, or what `detect` makes of
/// its tensors when it has none; with the caller's entries in place of its own. Throws FileError
/// when the checkpoint's is no object, InvalidArgument when the caller's is none.
Config merged_config(const checkpoints::Checkpoint& checkpoint, const NetworkOptions& options,
                     const std::function<nlohmann::json()>& detect);

}  // namespace modeseek::networks
