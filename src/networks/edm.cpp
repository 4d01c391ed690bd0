#include "networks/edm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "modeseek/error.hpp"
#include "networks/limits.hpp"
#include "networks/merged_config.hpp"
#include "networks/score_preconditioning.hpp"

namespace modeseek::networks {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// Noise levels of Karras et al.'s sampler, where the file states none of its own.
constexpr NoiseRange sampler_range{0.002F, 80.0F};

EdmArchitecture read_architecture(const Config& config, bool dhariwal) {
  EdmArchitecture result;
  result.resolution = config.integer("img_resolution", {1, limits::resolution});
  result.image_channels = config.integer("img_channels", {1, limits::image_channels}, 3);
  result.label_dim = config.integer("label_dim", {0, limits::classes}, 0);
  result.model_channels =
      config.integer("model_channels", {2, limits::channels}, dhariwal ? 192 : 128);
  const std::vector<std::int64_t> mult =
      dhariwal ? std::vector<std::int64_t>{1, 2, 3, 4} : std::vector<std::int64_t>{1, 2, 2, 2};
  result.channel_mult = config.integers("channel_mult", {1, 64}, limits::levels, mult);
  result.channel_mult_emb = config.integer("channel_mult_emb", {1, 64}, 4);
  result.num_blocks = config.integer("num_blocks", {1, limits::blocks}, dhariwal ? 3 : 4);
  const nlohmann::json* places = nullptr;
  if (const auto found = config.values().find("attn_resolutions"); found != config.values().end()) {
    places = &*found;
  }
  // An empty list is meant: no attention but the one in the middle.
  if (places == nullptr || !places->is_array() || !places->empty()) {
    result.attention_resolutions = config.integers(
        "attn_resolutions", {1, limits::resolution}, limits::levels,
        dhariwal ? std::vector<std::int64_t>{32, 16, 8} : std::vector<std::int64_t>{16});
  }
  if (result.resolution >> (result.levels() - 1) < 1) {
    config.fail("channel_mult",
                fmt::format("a list that a resolution of {} can be halved for", result.resolution));
  }
  return result;
}

NoiseRange read_range(const Config& config, NoiseRange fallback) {
  const double low = config.number("sigma_min", {0, infinity}, fallback.min);
  const double high = config.number("sigma_max", {0, infinity}, fallback.max);
  NoiseRange range = fallback;
  if (low > 0) range.min = static_cast<float>(low);
  if (high < infinity) range.max = static_cast<float>(high);
  if (!(range.min < range.max)) config.fail("sigma_max", "more than sigma_min");
  return range;
}

VpSchedule read_vp(const Config& config) {
  VpSchedule schedule;
  schedule.beta_d = config.number("beta_d", {1e-6, 1e6}, schedule.beta_d);
  schedule.beta_min = config.number("beta_min", {0, 1e6}, schedule.beta_min);
  schedule.steps = config.number("M", {1, limits::timesteps}, schedule.steps);
  return schedule;
}

/// The file's own table where it has one: the network was trained with exactly those levels.
std::vector<float> read_iddpm_levels(const checkpoints::Checkpoint& checkpoint,
                                     const Config& config, const std::string& prefix) {
  const double c1 = config.number("C_1", {1e-9, 1}, 0.001);
  const double c2 = config.number("C_2", {0, 1}, 0.008);
  const std::int64_t steps = config.integer("M", {1, limits::timesteps}, 1000);
  if (checkpoint.contains(prefix + "u")) return checkpoint.floats(prefix + "u", {steps + 1});
  return iddpm_levels(c1, c2, steps);
}

Preconditioning read_preconditioning(const checkpoints::Checkpoint& checkpoint,
                                     const Config& config, const std::string& prefix) {
  const std::string kind =
      config.choice("precond", {"EDMPrecond", "VPPrecond", "VEPrecond", "iDDPMPrecond"});
  if (kind == "VPPrecond") {
    return vp_preconditioning(read_vp(config), read_range(config, {0.00098F, 152.0F}));
  }
  if (kind == "VEPrecond") return ve_preconditioning(read_range(config, {0.02F, 100.0F}));
  if (kind == "iDDPMPrecond") {
    return iddpm_preconditioning(read_iddpm_levels(checkpoint, config, prefix));
  }
  const double sigma_data = config.number("sigma_data", {1e-6, 1e6}, 0.5);
  return edm_preconditioning(sigma_data, read_range(config, sampler_range));
}

/// The network that a preconditioning wraps when its constructor is not told.
std::string default_model(const Config& config) {
  const std::string kind = config.text("precond");
  return kind == "VPPrecond" || kind == "VEPrecond" ? "SongUNet" : "DhariwalUNet";
}

/// "model." of the preconditioning's network and whatever wraps both.
std::pair<std::string, std::string> prefixes(const checkpoints::Checkpoint& checkpoint) {
  const std::string network = find_prefix(checkpoint, "map_layer0.weight");
  const bool wrapped = network.ends_with("model.");
  return {network, wrapped ? network.substr(0, network.size() - 6) : network};
}

}  // namespace

bool EdmArchitecture::attends(std::int64_t level) const {
  return std::find(attention_resolutions.begin(), attention_resolutions.end(), rows(level)) !=
         attention_resolutions.end();
}

std::string EdmArchitecture::block_name(const char* half, std::int64_t level,
                                        const std::string& block) const {
  return fmt::format("{0}.{1}x{1}_{2}", half, rows(level), block);
}

Network build_edm(const checkpoints::Checkpoint& checkpoint, const NetworkOptions& options) {
  Network network;
  const Config config = merged_config(checkpoint, options, "img_resolution", [&] {
    return detect_edm(checkpoint, options, network.notes);
  });
  const bool dhariwal = config.choice("model_type", {"SongUNet", "DhariwalUNet"},
                                      default_model(config)) == "DhariwalUNet";
  EdmArchitecture architecture = read_architecture(config, dhariwal);
  const bool learns_variance = config.text("precond") == "iDDPMPrecond";
  architecture.output_channels = (learns_variance ? 2 : 1) * architecture.image_channels;
  architecture.label = checked_label(options.class_label, architecture.label_dim);

  const auto [prefix, outer_prefix] = prefixes(checkpoint);
  network.preconditioning = read_preconditioning(checkpoint, config, outer_prefix);
  Layers layers(checkpoint, prefix);
  if (dhariwal) {
    append_dhariwal_unet(layers, architecture);
  } else {
    append_song_unet(layers, config, architecture);
  }
  network.graph = std::move(layers.graph());
  network.config = config.values();
  network.channels = architecture.image_channels;
  network.resolution = architecture.resolution;
  network.classes = architecture.label_dim;
  network.size_multiple = std::int64_t{1} << (architecture.levels() - 1);
  if (architecture.label_dim > 0 && !architecture.label) {
    network.notes.push_back(
        fmt::format("class-conditional with {} classes: the unconditional label is used",
                    architecture.label_dim));
  }
  return network;
}

}  // namespace modeseek::networks
