#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "networks/config.hpp"
#include "networks/layers.hpp"
#include "networks/network.hpp"

namespace modeseek::networks {

/// The networks of Karras et al. 2022 (NVlabs/edm): SongUNet (DDPM++ and NCSN++) and DhariwalUNet
/// (ADM), under the EDM, VP, VE or iDDPM preconditioning. Configuration: the constructor arguments
/// of the preconditioning and of the network, in one object, with the class names as `precond` and
/// `model_type`; detected from the tensors when the file has none (the preconditioning of which is
/// then assumed and noted).
Network build_edm(const checkpoints::Checkpoint& checkpoint, const NetworkOptions& options);

/// Constructor arguments as far as names and shapes tell them; notes what had to be assumed and the
/// caller did not set. Throws FileError when the tensors are not those of an EDM network.
nlohmann::json detect_edm(const checkpoints::Checkpoint& checkpoint, const NetworkOptions& options,
                          std::vector<std::string>& notes);

/// Constructor arguments that both networks of the family share.
struct EdmArchitecture {
  std::int64_t resolution = 64;
  std::int64_t image_channels = 3;
  std::int64_t output_channels = 3;  ///< of the file's last convolution; image_channels are used
  std::int64_t label_dim = 0;
  std::int64_t model_channels = 128;
  std::vector<std::int64_t> channel_mult;
  std::int64_t channel_mult_emb = 4;
  std::int64_t num_blocks = 4;
  std::vector<std::int64_t> attention_resolutions;
  std::optional<std::int64_t> label;

  std::int64_t levels() const { return static_cast<std::int64_t>(channel_mult.size()); }
  /// Rows of the feature maps of a level for images of the native resolution: part of the names.
  std::int64_t rows(std::int64_t level) const { return resolution >> level; }
  std::int64_t channels(std::int64_t level) const {
    return model_channels * channel_mult[static_cast<std::size_t>(level)];
  }
  bool attends(std::int64_t level) const;
  /// "enc.32x32_block0"
  std::string block_name(const char* half, std::int64_t level, const std::string& block) const;
};

/// Appends the whole network, input to output, to the graph of `layers`.
void append_song_unet(Layers& layers, const Config& config, const EdmArchitecture& architecture);
void append_dhariwal_unet(Layers& layers, const EdmArchitecture& architecture);

}  // namespace modeseek::networks
