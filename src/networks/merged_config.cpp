#include "networks/merged_config.hpp"

#include "modeseek/error.hpp"

namespace modeseek::networks {

Config merged_config(const checkpoints::Checkpoint& checkpoint, const NetworkOptions& options,
                     const std::function<nlohmann::json()>& detect) {
  const Config own(checkpoint.path, checkpoint.config.is_null() ? detect() : checkpoint.config);
  if (options.config.is_null()) return own;
  if (!options.config.is_object()) {
    throw InvalidArgument("settings of the prior: expected an object of entries");
  }
  nlohmann::json values = own.values();
  values.update(options.config);
  return {checkpoint.path, values};
}

}  // namespace modeseek::networks
