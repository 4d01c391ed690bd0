#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "networks/config.hpp"
#include "networks/network.hpp"

namespace modeseek::networks {

/// The UNet of Dhariwal and Nichol 2021 as openai/guided-diffusion trains it: it predicts the noise
/// (and often a variance, which is not needed) at discrete timesteps. Configuration: the arguments
/// of that project's scripts; what the file lacks is detected from the tensors, and what these do
/// not say (heads, order of attention, schedule, resolution) comes from a table of known
/// checkpoints or from the scripts' defaults and is noted.
Network build_guided_diffusion(const checkpoints::Checkpoint& checkpoint,
                               const NetworkOptions& options);

/// Arguments of the project's scripts for a bare state dict; notes where those came from that the
/// tensors do not tell and the caller did not set. Throws FileError when the tensors are not those
/// of such a network.
nlohmann::json detect_guided_diffusion(const checkpoints::Checkpoint& checkpoint,
                                       const NetworkOptions& options,
                                       std::vector<std::string>& notes);

/// The scripts' arguments as they shape the network.
struct AdmArchitecture {
  std::int64_t resolution = 256;
  std::int64_t image_channels = 3;
  std::int64_t model_channels = 256;
  std::vector<std::int64_t> level_channels;
  std::vector<bool> attention;  ///< a level
  std::int64_t num_res_blocks = 2;
  std::int64_t num_heads = 4;
  std::int64_t num_heads_upsample = 4;
  std::optional<std::int64_t> head_channels;  ///< instead of a number of heads
  bool learn_sigma = false;
  bool scale_shift = true;
  bool resblock_updown = false;
  bool new_attention_order = false;
  std::int64_t classes = 0;
};

/// Reads and checks the arguments. Throws FileError.
AdmArchitecture read_adm_architecture(const Config& config);

}  // namespace modeseek::networks
