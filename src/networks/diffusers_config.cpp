// config.json of a UNet2DModel and of its scheduler.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "networks/diffusers.hpp"
#include "networks/limits.hpp"
#include "networks/score_preconditioning.hpp"

namespace modeseek::networks {
namespace {

/// A kind of block, by its name in the file.
struct BlockKind {
  std::string_view name;
  bool attention;
  bool residual_resampling;
  bool skip;
};

constexpr std::array<BlockKind, 5> down_kinds{{{"DownBlock2D", false, false, false},
                                               {"ResnetDownsampleBlock2D", false, true, false},
                                               {"AttnDownBlock2D", true, false, false},
                                               {"SkipDownBlock2D", false, false, true},
                                               {"AttnSkipDownBlock2D", true, false, true}}};
constexpr std::array<BlockKind, 5> up_kinds{{{"UpBlock2D", false, false, false},
                                             {"ResnetUpsampleBlock2D", false, true, false},
                                             {"AttnUpBlock2D", true, false, false},
                                             {"SkipUpBlock2D", false, false, true},
                                             {"AttnSkipUpBlock2D", true, false, true}}};

/// The library's default for an absent entry.
std::vector<std::string> default_blocks(bool down) {
  if (down) return {"DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"};
  return {"AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"};
}

std::vector<UNet2DArchitecture::Level> read_levels(const Config& config, bool down,
                                                   const std::vector<std::int64_t>& channels) {
  const std::string entry = down ? "down_block_types" : "up_block_types";
  const auto& kinds = down ? down_kinds : up_kinds;
  const bool residual_choice = config.choice(down ? "downsample_type" : "upsample_type",
                                             {"conv", "resnet"}, "conv") == "resnet";
  const std::vector<std::string> names = config.texts(entry, limits::levels, default_blocks(down));
  if (names.size() != channels.size()) {
    config.fail(entry, fmt::format("{} blocks, as many as block_out_channels", channels.size()));
  }
  std::vector<UNet2DArchitecture::Level> levels;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string_view name = names[i];
    if (name.starts_with("UNetRes")) name.remove_prefix(7);  // as the first releases wrote it
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [name](const BlockKind& k) { return k.name == name; });
    if (kind == kinds.end()) {
      config.fail(entry, fmt::format("blocks of the kinds {}, {}, {}, {} and {}", kinds[0].name,
                                     kinds[1].name, kinds[2].name, kinds[3].name, kinds[4].name));
    }
    // The library's choice of the resampling layer concerns the blocks with attention only.
    levels.push_back({channels[i], kind->attention,
                      kind->residual_resampling || (kind->attention && residual_choice),
                      kind->skip});
  }
  return levels;
}

std::optional<std::int64_t> read_sample_size(const Config& config) {
  if (!config.has("sample_size")) return std::nullopt;
  if (!config.values().at("sample_size").is_array()) {
    return config.integer("sample_size", {1, limits::resolution});
  }
  return config.integers("sample_size", {1, limits::resolution}, 2).front();
}

void refuse_unsupported(const Config& config) {
  const std::string name = config.text("_class_name", "UNet2DModel");
  if (name != "UNet2DModel") config.fail("_class_name", "UNet2DModel");
  const std::string activation = config.text("act_fn", "silu");
  if (activation != "silu" && activation != "swish") config.fail("act_fn", "silu");
  config.choice("resnet_time_scale_shift", {"default", "scale_shift"}, "default");
  if (config.has("class_embed_type")) config.fail("class_embed_type", "null");
  if (config.has("mid_block_type")) config.choice("mid_block_type", {"UNetMidBlock2D"});
}

/// Entries whose null means something other than their default.
bool is_null(const Config& config, const std::string& name) {
  return config.values().contains(name) && config.values().at(name).is_null();
}

void read_norms(const Config& config, UNet2DArchitecture& result) {
  constexpr std::int64_t usual_min_channels = 4;  // where the number of groups is null
  result.norm_groups = config.integer("norm_num_groups", {1, limits::channels}, 32);
  result.norm_min_channels = is_null(config, "norm_num_groups") ? usual_min_channels : 1;
  result.middle_norm_groups =
      config.integer("attn_norm_num_groups", {1, limits::channels}, result.norm_groups);
  result.middle_norm_min_channels =
      config.has("attn_norm_num_groups") ? 1 : result.norm_min_channels;
  result.norm_epsilon = static_cast<float>(config.number("norm_eps", {0, 1}, 1e-5));
  result.scale_shift = config.text("resnet_time_scale_shift", "default") == "scale_shift";
}

/// Side branches run through the whole network or not at all, and carry three channels.
void read_skip(const Config& config, UNet2DArchitecture& result) {
  std::size_t count = 0;
  for (const auto* levels : {&result.down, &result.up}) {
    count += static_cast<std::size_t>(
        std::ranges::count_if(*levels, [](const auto& level) { return level.skip; }));
  }
  result.skip = count > 0;
  if (!result.skip) return;
  if (count != result.down.size() + result.up.size()) {
    config.fail("down_block_types", "blocks with a skip branch throughout, or none");
  }
  constexpr std::int64_t carried = 3;
  if (result.in_channels != carried || result.out_channels != carried) {
    config.fail("in_channels", "3, as out_channels, where blocks have a skip branch");
  }
}

/// How the timestep enters. Networks with Fourier features are given a noise level on [0, 1]
/// images instead.
void read_embedding(const Config& config, UNet2DArchitecture& result) {
  result.fourier =
      config.choice("time_embedding_type", {"positional", "fourier"}, "positional") == "fourier";
  result.unit_range = result.fourier;
  result.freq_shift = config.number("freq_shift", {-1e3, 1e3}, 0);
  result.flip_sin_to_cos = config.flag("flip_sin_to_cos", true);
}

/// abar as the library tabulates it, in single precision: the network was trained with these
/// levels, and near abar = 1 the rounding changes sqrt(1 - abar) in the fourth digit.
std::vector<double> tabulated_alpha_bars(const std::vector<double>& betas) {
  std::vector<double> result;
  double product = 1;
  for (const double beta : betas) {
    product *= static_cast<double>(1.0F - static_cast<float>(beta));
    result.push_back(static_cast<double>(static_cast<float>(product)));
  }
  return result;
}

/// Zero terminal signal-to-noise ratio (Lin et al. 2024): the roots of abar are shifted and
/// stretched so that the last is 0. That level has no finite noise level and is left out.
void set_zero_terminal_snr(std::vector<double>& alpha_bars) {
  const double first = std::sqrt(alpha_bars.front());
  const double last = std::sqrt(alpha_bars.back());
  alpha_bars.pop_back();
  for (double& alpha_bar : alpha_bars) {
    const double root = (std::sqrt(alpha_bar) - last) * first / (first - last);
    alpha_bar = root * root;
  }
}

std::vector<double> read_betas(const Config& config) {
  constexpr double tiny = 1e-12;
  const NumberRange open_unit{tiny, 1 - tiny};
  if (config.has("trained_betas")) {
    return config.numbers("trained_betas", open_unit, static_cast<std::size_t>(limits::timesteps));
  }
  const std::int64_t steps = config.integer("num_train_timesteps", {1, limits::timesteps}, 1000);
  const double start = config.number("beta_start", open_unit, 0.0001);
  const double end = config.number("beta_end", open_unit, 0.02);
  const std::string kind =
      config.choice("beta_schedule", {"linear", "scaled_linear", "squaredcos_cap_v2"}, "linear");
  if (kind == "linear") return linear_betas(start, end, steps);
  if (kind == "scaled_linear") return scaled_linear_betas(start, end, steps);
  return cosine_betas(steps);
}

/// Samplers of variance-preserving chains are many and interchangeable; these are of other
/// processes, for which the network means something else.
void refuse_other_processes(const Config& config) {
  const std::string name = config.text("_class_name", "DDPMScheduler");
  for (const std::string_view other :
       {"ScoreSdeVe", "KarrasVe", "CMStochasticIterative", "FlowMatch", "EDM"}) {
    if (name.starts_with(other)) {
      config.fail("_class_name",
                  "a scheduler of a variance-preserving chain, such as DDPMScheduler");
    }
  }
}

Prediction read_prediction(const Config& config) {
  const std::string kind =
      config.choice("prediction_type", {"epsilon", "sample", "v_prediction"}, "epsilon");
  if (kind == "sample") return Prediction::sample;
  return kind == "epsilon" ? Prediction::epsilon : Prediction::velocity;
}

}  // namespace

UNet2DArchitecture read_unet2d_architecture(const Config& config) {
  refuse_unsupported(config);
  UNet2DArchitecture result;
  result.sample_size = read_sample_size(config);
  result.in_channels = config.integer("in_channels", {1, limits::image_channels}, 3);
  result.out_channels = config.integer("out_channels", {1, limits::image_channels}, 3);
  if (result.out_channels != result.in_channels && result.out_channels != 2 * result.in_channels) {
    config.fail("out_channels", "in_channels, or twice as many");
  }
  result.center_input_sample = config.flag("center_input_sample", false);
  read_embedding(config, result);
  const std::vector<std::int64_t> channels =
      config.integers("block_out_channels", {1, limits::channels}, limits::levels,
                      std::vector<std::int64_t>{224, 448, 672, 896});
  const bool positional = !result.fourier;
  if (positional && (channels.front() % 2 != 0 ||
                     !(static_cast<double>(channels.front() / 2) - result.freq_shift > 0.5))) {
    config.fail("block_out_channels", "an even first entry, more than twice freq_shift");
  }
  result.embedding_channels =
      config.integer("time_embedding_dim", {1, 4 * limits::channels}, 4 * channels.front());
  result.down = read_levels(config, true, channels);
  result.up = read_levels(config, false, {channels.rbegin(), channels.rend()});
  read_skip(config, result);
  result.middle = !is_null(config, "mid_block_type");
  result.middle_attention = config.flag("add_attention", true);
  result.middle_scale = config.number("mid_block_scale_factor", {1e-3, 1e3}, 1);
  result.layers_per_block = config.integer("layers_per_block", {1, limits::blocks}, 2);
  result.downsample_padding = config.integer("downsample_padding", {0, 1}, 1);
  if (!is_null(config, "attention_head_dim")) {
    result.head_channels = config.integer("attention_head_dim", {1, limits::channels}, 8);
  }
  read_norms(config, result);
  if (config.has("num_class_embeds")) {
    result.classes = config.integer("num_class_embeds", {1, limits::classes});
  }
  return result;
}

Preconditioning read_diffusers_scheduler(const Config& config, std::vector<std::string>& notes) {
  refuse_other_processes(config);
  if (!config.has("num_train_timesteps") && !config.has("trained_betas")) {
    notes.emplace_back(
        "no scheduler configuration was found: DDPM's linear schedule of 1000 timesteps and "
        "prediction of the noise are assumed");
  }
  DiscreteSchedule schedule;
  schedule.name =
      config.has("trained_betas") ? "tabulated" : config.text("beta_schedule", "linear");
  schedule.alpha_bars = tabulated_alpha_bars(read_betas(config));
  if (config.flag("rescale_betas_zero_snr", false)) {
    if (schedule.alpha_bars.size() < 2) config.fail("num_train_timesteps", "at least 2");
    set_zero_terminal_snr(schedule.alpha_bars);
  }
  return discrete_preconditioning(schedule, read_prediction(config));
}

Preconditioning read_exploding_scheduler(const Config& config, std::vector<std::string>& notes) {
  const std::string name = config.text("_class_name", "ScoreSdeVeScheduler");
  if (!name.starts_with("ScoreSdeVe")) config.fail("_class_name", "ScoreSdeVeScheduler");
  if (!config.has("sigma_max")) {
    notes.emplace_back(
        "no scheduler configuration was found: noise levels 0.01 to 1348 of ScoreSdeVeScheduler "
        "are assumed");
  }
  constexpr NumberRange positive{1e-6, 1e6};
  const double low = config.number("sigma_min", positive, 0.01);
  const double high = config.number("sigma_max", positive, 1348);
  if (!(low < high)) config.fail("sigma_max", "more than sigma_min");
  // From the scale of [0, 1] images to that of [-1, 1].
  return ve_preconditioning({static_cast<float>(2 * low), static_cast<float>(2 * high)});
}

}  // namespace modeseek::networks
