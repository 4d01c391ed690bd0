#pragma once

#include <functional>

#include "networks/config.hpp"
#include "networks/network.hpp"

namespace modeseek::networks {

/// The configuration that a network is built from: the checkpoint's own when it has the entry
/// `essential`; otherwise what `detect` makes of its tensors, with the checkpoint's entries, if
/// any, on top. The caller's entries replace both. Throws FileError when the checkpoint's is no
/// object, InvalidArgument when the caller's is none.
Config merged_config(const checkpoints::Checkpoint& checkpoint, const NetworkOptions& options,
                     const std::string& essential, const std::function<nlohmann::json()>& detect);

}  // namespace modeseek::networks
