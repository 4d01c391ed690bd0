#include "networks/merged_config.hpp"

#include "modeseek/error.hpp"

namespace modeseek::networks {

Config merged_config(const checkpoints::Checkpoint& checkpoint, const NetworkOptions& options,
                     const std::string& essential, const std::function<nlohmann::json()>& detect) {
  const Config own(checkpoint.path, checkpoint.config);
  nlohmann::json values = own.values();
  if (!own.has(essential)) {
    values = detect();
    values.update(own.values());
  }
  if (options.config.is_null()) return {checkpoint.path, values};
  if (!options.config.is_object()) {
    throw InvalidArgument("settings of the prior: expected an object of entries");
  }
  values.update(options.config);
  return {checkpoint.path, values};
}

}  // namespace modeseek::networks
