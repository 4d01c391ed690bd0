// Script arguments of a guided-diffusion network from the names and shapes of its tensors, and from
// a table of known checkpoints for what these do not say.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "networks/guided_diffusion.hpp"
#include "networks/limits.hpp"
#include "networks/prefixed_tensors.hpp"

namespace modeseek::networks {
namespace {

using checkpoints::Checkpoint;

/// What the tensors say.
struct Shapes {
  std::int64_t image_channels = 3;
  std::int64_t model_channels = 0;
  std::int64_t num_res_blocks = 0;
  std::vector<double> mult;
  std::vector<std::int64_t> attention;  ///< reductions (1, 2, 4, ...) with attention
  std::int64_t classes = 0;
  bool learn_sigma = false;
  bool scale_shift = false;
  bool resblock_updown = false;
};

/// A published checkpoint: the shapes that tell it apart, and what they leave open.
struct Known {
  std::string_view name;
  std::int64_t model_channels;
  std::int64_t num_res_blocks;
  std::string_view mult;
  std::string_view attention;  ///< reductions
  bool class_cond;
  std::int64_t image_size;
  std::string_view schedule;
  std::int64_t num_heads;
  std::int64_t head_channels;  ///< -1: num_heads counts
  bool new_attention_order;
};

/// From the model cards and command lines of openai/guided-diffusion, and of the projects that
/// trained FFHQ-256 and AFHQ with it. All have learn_sigma, scale-shift norms and residual
/// resampling.
constexpr std::array<Known, 6> known_checkpoints{{
    {"ImageNet 64x64", 192, 3, "1,2,3,4", "2,4,8", true, 64, "cosine", 4, 64, true},
    {"ImageNet 128x128", 256, 2, "1,1,2,3,4", "4,8,16", true, 128, "linear", 4, -1, false},
    {"ImageNet 256x256", 256, 2, "1,1,2,2,4,4", "8,16,32", true, 256, "linear", 4, 64, false},
    {"ImageNet 256x256 unconditional or LSUN 256x256", 256, 2, "1,1,2,2,4,4", "8,16,32", false, 256,
     "linear", 4, 64, false},
    {"ImageNet 512x512", 256, 2, "0.5,1,1,2,2,4,4", "16,32,64", true, 512, "linear", 4, 64, false},
    {"FFHQ 256x256 or AFHQ 256x256", 128, 1, "1,1,2,2,4,4", "16", false, 256, "linear", 4, 64,
     false},
}};

class Detector : private PrefixedTensors {
 public:
  explicit Detector(const Checkpoint& checkpoint)
      : PrefixedTensors(checkpoint, "time_embed.0.weight") {}

  Shapes shapes() const {
    Shapes result;
    result.model_channels = extent("time_embed.0.weight", 1);
    if (result.model_channels < 1) fail("tensor 'time_embed.0.weight' is empty");
    result.image_channels = extent("input_blocks.0.0.weight", 1);
    result.learn_sigma = extent("out.2.weight", 0) == 2 * result.image_channels;
    result.classes = has("label_emb.weight") ? extent("label_emb.weight", 0) : 0;
    const std::string first = "input_blocks.1.0.";
    result.scale_shift =
        extent(first + "emb_layers.1.weight", 0) == 2 * extent(first + "in_layers.2.weight", 0);
    detect_levels(result);
    return result;
  }

 private:
  /// Each level of the decoder but the last ends with an enlarging layer, which tells the levels
  /// apart: the encoder's reducing residual blocks look like any other.
  void detect_levels(Shapes& result) const {
    std::int64_t blocks_in_level = 0;
    std::int64_t index = 0;
    for (; has(block("output_blocks", index, 0, "in_layers.2.weight")); ++index) {
      if (index >= limits::blocks * static_cast<std::int64_t>(limits::levels)) {
        fail("has more blocks than any known network");
      }
      ++blocks_in_level;
      const auto [residual, convolution] = enlarging(index);
      if (!residual && !convolution) continue;
      result.resblock_updown = residual;
      note_level(result, index, blocks_in_level);
      blocks_in_level = 0;
    }
    if (index == 0 || blocks_in_level == 0) fail("has an incomplete list of output_blocks");
    note_level(result, index - 1, blocks_in_level);
    std::reverse(result.mult.begin(), result.mult.end());
    const auto levels = static_cast<std::int64_t>(result.mult.size());
    for (std::int64_t& place : result.attention) {
      place = std::int64_t{1} << (levels - 1 - place);  // counted from the lowest level so far
    }
    std::reverse(result.attention.begin(), result.attention.end());
  }

  /// Records the level that output block `last` ends.
  void note_level(Shapes& result, std::int64_t last, std::int64_t blocks) const {
    if (blocks < 2) fail("has too few output_blocks a level");
    if (!result.mult.empty() && result.num_res_blocks != blocks - 1) {
      fail("has levels of different numbers of blocks");
    }
    if (result.mult.size() >= limits::levels) fail("has more levels than any known network");
    result.num_res_blocks = blocks - 1;
    if (has(block("output_blocks", last, 1, "qkv.weight"))) {
      result.attention.push_back(static_cast<std::int64_t>(result.mult.size()));
    }
    const std::int64_t width = extent(block("output_blocks", last, 0, "in_layers.2.weight"), 0);
    result.mult.push_back(static_cast<double>(width) / static_cast<double>(result.model_channels));
  }

  std::pair<bool, bool> enlarging(std::int64_t index) const {
    bool residual = false;
    bool convolution = false;
    for (const int part : {1, 2}) {
      residual = residual || has(block("output_blocks", index, part, "in_layers.2.weight"));
      convolution = convolution || has(block("output_blocks", index, part, "conv.weight"));
    }
    return {residual, convolution};
  }

  static std::string block(const char* half, std::int64_t index, int part, const char* tensor) {
    return fmt::format("{}.{}.{}.{}", half, index, part, tensor);
  }
};

const Known* find_known(const Shapes& shapes) {
  const std::string mult = fmt::format("{:g}", fmt::join(shapes.mult, ","));
  const std::string attention = fmt::format("{}", fmt::join(shapes.attention, ","));
  const auto found =
      std::find_if(known_checkpoints.begin(), known_checkpoints.end(), [&](const Known& known) {
        return known.model_channels == shapes.model_channels &&
               known.num_res_blocks == shapes.num_res_blocks && known.mult == mult &&
               known.attention == attention && known.class_cond == (shapes.classes > 0) &&
               shapes.learn_sigma && shapes.scale_shift && shapes.resblock_updown;
      });
  return found == known_checkpoints.end() ? nullptr : &*found;
}

/// For an unknown network: the resolution that the scripts give so many levels.
std::int64_t usual_resolution(const Shapes& shapes) {
  const std::size_t levels = shapes.mult.size();
  return levels >= 7 ? 512 : std::int64_t{64} << (levels > 4 ? levels - 4 : 0);
}

void add_known(nlohmann::json& config, const Known& known, std::vector<std::string>& notes) {
  config["image_size"] = known.image_size;
  config["diffusion_steps"] = 1000;
  config["noise_schedule"] = known.schedule;
  config["num_heads"] = known.num_heads;
  config["num_head_channels"] = known.head_channels;
  config["use_new_attention_order"] = known.new_attention_order;
  notes.push_back(fmt::format("recognised by its shapes as {}: {} schedule, {}, {} attention order",
                              known.name, known.schedule,
                              known.head_channels > 0
                                  ? fmt::format("heads of {} channels", known.head_channels)
                                  : fmt::format("{} heads", known.num_heads),
                              known.new_attention_order ? "new" : "first"));
}

void add_defaults(nlohmann::json& config, const Shapes& shapes, const NetworkOptions& options,
                  std::vector<std::string>& notes) {
  const nlohmann::json defaults{{"image_size", usual_resolution(shapes)},
                                {"noise_schedule", "linear"},
                                {"diffusion_steps", 1000},
                                {"num_heads", 4},
                                {"num_head_channels", shapes.resblock_updown ? 64 : -1},
                                {"use_new_attention_order", false}};
  config.update(defaults);
  std::string assumed;
  for (const auto& [name, value] : defaults.items()) {
    if (options.config.contains(name)) continue;
    assumed += fmt::format("{}{}={}", assumed.empty() ? "" : ", ", name,
                           value.is_string() ? value.get<std::string>() : value.dump());
  }
  if (assumed.empty()) return;
  notes.push_back("not a known checkpoint, and its shapes do not tell everything: assumed " +
                  assumed);
}

}  // namespace

nlohmann::json detect_guided_diffusion(const Checkpoint& checkpoint, const NetworkOptions& options,
                                       std::vector<std::string>& notes) {
  const Shapes shapes = Detector(checkpoint).shapes();
  nlohmann::json config{{"family", "guided-diffusion"},
                        {"in_channels", shapes.image_channels},
                        {"num_channels", shapes.model_channels},
                        {"num_res_blocks", shapes.num_res_blocks},
                        {"channel_mult", shapes.mult},
                        {"learn_sigma", shapes.learn_sigma},
                        {"class_cond", shapes.classes > 0},
                        {"use_scale_shift_norm", shapes.scale_shift},
                        {"resblock_updown", shapes.resblock_updown},
                        {"attention_reductions", shapes.attention}};
  if (shapes.classes > 0) config["num_classes"] = shapes.classes;
  if (const Known* known = find_known(shapes)) {
    add_known(config, *known, notes);
  } else {
    add_defaults(config, shapes, options, notes);
  }
  return config;
}

}  // namespace modeseek::networks
