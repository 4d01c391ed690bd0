#include "priors/convert.hpp"

#include "checkpoints/write_safetensors.hpp"
#include "networks/families.hpp"
#include "networks/network.hpp"
#include "priors/checkpoint_hash.hpp"
#include "priors/prior_settings.hpp"

namespace modeseek::priors {

std::vector<std::string> convert_checkpoint(const std::string& source, const std::string& target,
                                            std::optional<checkpoints::DType> type,
                                            const PriorOptions& options) {
  const checkpoints::Checkpoint checkpoint = checkpoints::open_checkpoint(source);
  networks::NetworkOptions choices = network_options(options);
  choices.examine_only = true;
  networks::Network network = networks::build_network(checkpoint, choices);
  network.config["family"] = networks::family_of(checkpoint);
  checkpoints::write_safetensors(target, checkpoint,
                                 {{"format", "pt"},
                                  {"modeseek.config", network.config.dump()},
                                  {"modeseek.source_hash", hash_of(checkpoint)}},
                                 type);
  return std::move(network.notes);
}

}  // namespace modeseek::priors
