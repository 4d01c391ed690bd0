// Constructor arguments of an EDM network from the names and shapes of its tensors.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

#include "networks/edm.hpp"
#include "networks/limits.hpp"
#include "networks/prefixed_tensors.hpp"

namespace modeseek::networks {
namespace {

using checkpoints::Checkpoint;

/// "enc.32x32_block0.conv0.weight" -> half "enc", rows 32, block "block0".
struct BlockName {
  std::string_view half;
  std::int64_t rows = 0;
  std::string_view block;
};

std::optional<BlockName> parse_block(std::string_view name) {
  BlockName result;
  if (!name.starts_with("enc.") && !name.starts_with("dec.")) return std::nullopt;
  result.half = name.substr(0, 3);
  name.remove_prefix(4);
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), result.rows);
  if (error != std::errc{} || result.rows < 1 || result.rows > limits::resolution) {
    return std::nullopt;
  }
  const std::size_t underscore = name.find('_');
  if (underscore == std::string_view::npos) return std::nullopt;
  result.block = name.substr(underscore + 1);
  result.block = result.block.substr(0, result.block.find('.'));
  return result;
}

/// What the names below one prefix tell.
class Detector : private PrefixedTensors {
 public:
  explicit Detector(const Checkpoint& checkpoint)
      : PrefixedTensors(checkpoint, "map_layer0.weight") {
    for (const auto& [name, entry] : checkpoint.tensors) {
      if (!name.starts_with(prefix())) continue;
      const std::string_view rest = std::string_view(name).substr(prefix().size());
      const auto block = parse_block(rest);
      if (!block) continue;
      if (block->half == "enc") note_encoder(*block, rest);
      skip_decoder_ = skip_decoder_ || (block->half == "dec" && block->block == "aux_up");
    }
    if (blocks_.empty()) fail("has no tensor enc.NxN_block0");
  }

  nlohmann::json config() const {
    const bool song = !has("out_norm.weight");
    const std::int64_t resolution = blocks_.rbegin()->first;
    const std::int64_t model_channels = detect_model_channels(song);
    nlohmann::json result{
        {"family", "edm"},
        {"model_type", song ? "SongUNet" : "DhariwalUNet"},
        {"img_resolution", resolution},
        {"img_channels", extent(block_tensor(resolution, "conv.weight"), 1)},
        {"model_channels", model_channels},
        {"num_blocks", blocks_.rbegin()->second},
        {"channel_mult_emb", extent("map_layer0.weight", 0) / model_channels},
        {"label_dim", has("map_label.weight") ? extent("map_label.weight", 1) : 0},
        {"attn_resolutions", attention_}};
    for (auto level = blocks_.rbegin(); level != blocks_.rend(); ++level) {
      const std::int64_t width = extent(block_tensor(level->first, "block0.conv0.weight"), 0);
      result["channel_mult"].push_back(width / model_channels);
    }
    if (song) {
      add_song_options(result, model_channels);
    }
    return result;
  }

  /// Whether the network lies beside the table of noise levels of iDDPMPrecond. The preconditioning
  /// calls the network "model"; what wraps both precedes the names of both.
  bool has_levels() const {
    std::string outer = prefix();
    const std::string_view own = "model.";
    if (outer.ends_with(own)) outer.resize(outer.size() - own.size());
    return checkpoint().contains(outer + "u");
  }

 private:
  void note_encoder(const BlockName& block, std::string_view name) {
    if (block.block.starts_with("block")) {
      std::int64_t index = -1;
      const std::string_view digits = block.block.substr(5);
      std::from_chars(digits.data(), digits.data() + digits.size(), index);
      if (index < 0 || index >= limits::blocks) return;
      std::int64_t& count = blocks_[block.rows];
      count = std::max(count, index + 1);
      const bool attends = name.ends_with(".qkv.weight");
      if (attends &&
          std::find(attention_.begin(), attention_.end(), block.rows) == attention_.end()) {
        attention_.push_back(block.rows);
      }
    }
    skip_encoder_ = skip_encoder_ || block.block == "aux_skip";
    residual_encoder_ = residual_encoder_ || block.block == "aux_residual";
  }

  /// The first convolution of SongUNet has model_channels outputs; the one of DhariwalUNet
  /// channel_mult[0] times as many, but its embedding has model_channels inputs.
  std::int64_t detect_model_channels(bool song) const {
    const std::int64_t found = song
                                   ? extent(block_tensor(blocks_.rbegin()->first, "conv.weight"), 0)
                                   : extent("map_layer0.weight", 1);
    if (found < 1) fail("has an empty first layer");
    return found;
  }

  void add_song_options(nlohmann::json& config, std::int64_t model_channels) const {
    config["channel_mult_noise"] = extent("map_layer0.weight", 1) / model_channels;
    config["embedding_type"] = has("map_noise.freqs") ? "fourier" : "positional";
    config["encoder_type"] = skip_encoder_ ? "skip" : residual_encoder_ ? "residual" : "standard";
    config["decoder_type"] = skip_decoder_ ? "skip" : "standard";
    if (blocks_.size() < 2) return;
    const std::string filter =
        prefix() + block_tensor(std::next(blocks_.rbegin())->first, "down.conv0.resample_filter");
    if (!checkpoint().contains(filter)) return;
    config["resample_filter"] = first_row(checkpoint().at(filter), filter);
  }

  /// The filter is an outer product: any row is proportional to its taps.
  std::vector<float> first_row(const checkpoints::TensorEntry& entry,
                               const std::string& name) const {
    constexpr std::int64_t longest = 32;
    if (entry.shape.size() != 4 || entry.shape[3] < 1 || entry.shape[3] > longest) {
      fail(fmt::format("tensor '{}' of shape {} is not a resampling filter", name,
                       checkpoints::to_string(entry.shape)));
    }
    const std::int64_t taps = entry.shape[3];
    std::vector<float> values = checkpoint().floats(name, {1, 1, taps, taps});
    values.resize(static_cast<std::size_t>(taps));
    return values;
  }

  std::string block_tensor(std::int64_t rows, const std::string& rest) const {
    return fmt::format("enc.{0}x{0}_{1}", rows, rest);
  }

  std::map<std::int64_t, std::int64_t> blocks_;  ///< rows -> number of blocks in the encoder
  std::vector<std::int64_t> attention_;
  bool skip_encoder_ = false;
  bool residual_encoder_ = false;
  bool skip_decoder_ = false;
};

}  // namespace

nlohmann::json detect_edm(const Checkpoint& checkpoint, const NetworkOptions& options,
                          std::vector<std::string>& notes) {
  const Detector detector(checkpoint);
  nlohmann::json config = detector.config();
  const bool discrete = detector.has_levels();
  config["precond"] = discrete ? "iDDPMPrecond" : "EDMPrecond";
  if (!discrete && !options.config.contains("precond")) {
    notes.push_back(
        "the file does not say its preconditioning: EDM with sigma_data 0.5 is assumed (setting: "
        "precond=EDMPrecond|VPPrecond|VEPrecond)");
  }
  return config;
}

}  // namespace modeseek::networks
