#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "networks/config.hpp"
#include "networks/network.hpp"

namespace modeseek::networks {

/// `UNet2DModel` of Hugging Face diffusers with the schedule of its scheduler. Configuration: the
/// folder's `config.json`, and the scheduler's below "scheduler" (DDPM's defaults, noted, without
/// one).
Network build_diffusers(const checkpoints::Checkpoint& checkpoint, const NetworkOptions& options);

/// The arguments of `UNet2DModel` as they shape the network; names and defaults are the library's.
struct UNet2DArchitecture {
  /// One level of the encoder or decoder.
  struct Level {
    std::int64_t channels = 0;
    bool attention = false;
    bool residual_resampling = false;  ///< a residual block changes the size, not a convolution
    bool skip = false;                 ///< with a side branch that carries the image
  };

  std::optional<std::int64_t> sample_size;
  std::int64_t in_channels = 3;
  std::int64_t out_channels = 3;  ///< in_channels of them are used; a learned variance follows
  bool center_input_sample = false;
  bool unit_range = false;  ///< trained on images in [0, 1]
  bool fourier = false;     ///< random Fourier features of the noise level's logarithm
  bool skip = false;        ///< encoder and decoder have side branches that carry the image
  double freq_shift = 0;
  bool flip_sin_to_cos = true;
  std::int64_t embedding_channels = 0;
  std::vector<Level> down;
  std::vector<Level> up;  ///< from the lowest resolution to the highest
  bool middle = true;
  bool middle_attention = true;
  double middle_scale = 1;
  std::int64_t layers_per_block = 2;
  std::int64_t downsample_padding = 1;
  std::optional<std::int64_t> head_channels;  ///< none: one head
  std::int64_t norm_groups = 32;
  std::int64_t norm_min_channels = 1;  ///< a group's; fewer groups otherwise
  std::int64_t middle_norm_groups = 32;
  std::int64_t middle_norm_min_channels = 1;
  float norm_epsilon = 1e-5F;
  bool scale_shift = false;
  std::int64_t classes = 0;
};

/// Reads and checks the arguments. Throws FileError that names what is not supported.
UNet2DArchitecture read_unet2d_architecture(const Config& config);

/// The schedule and the kind of prediction, of the scheduler's configuration. Throws FileError.
Preconditioning read_diffusers_scheduler(const Config& config, std::vector<std::string>& notes);

/// The noise levels of a `ScoreSdeVeScheduler`, whose networks predict the score on [0, 1] images.
/// Throws FileError.
Preconditioning read_exploding_scheduler(const Config& config, std::vector<std::string>& notes);

}  // namespace modeseek::networks
