#include "priors/prior_settings.hpp"

namespace modeseek::priors {

networks::NetworkOptions network_options(const PriorOptions& options) {
  networks::NetworkOptions result;
  result.class_label = options.class_label;
  for (const auto& [name, text] : options.settings) {
    nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
    result.config[name] = value.is_discarded() ? nlohmann::json(text) : std::move(value);
  }
  return result;
}

}  // namespace modeseek::priors
