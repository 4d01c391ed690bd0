#include "networks/guided_diffusion.hpp"

#include <fmt/format.h>

#include <utility>

#include "networks/layers.hpp"
#include "networks/limits.hpp"
#include "networks/merged_config.hpp"
#include "networks/residual_block.hpp"
#include "networks/score_preconditioning.hpp"

namespace modeseek::networks {
namespace {

using engine::Activation;
using engine::Value;

constexpr NormRule norm_rule{32, 1, 1e-5F};
constexpr ResidualBlock::Names block_names{"in_layers.0",  "in_layers.2",  "emb_layers.1",
                                           "out_layers.0", "out_layers.3", "skip_connection"};

class AdmUNet {
 public:
  AdmUNet(Layers& layers, const AdmArchitecture& architecture, std::optional<std::int64_t> label)
      : layers_(layers), graph_(layers.graph()), architecture_(architecture), label_(label) {}

  void append() {
    const Value image = graph_.input(architecture_.image_channels);
    embedding_ = map_timestep();
    const Value x = decode(middle(encode(image)));
    const Value h = layers_.group_norm("out.0", x, norm_rule, Activation::silu);
    const std::int64_t outputs = (architecture_.learn_sigma ? 2 : 1) * architecture_.image_channels;
    graph_.set_output(layers_.head("out.2", h, outputs, architecture_.image_channels));
  }

 private:
  Value map_timestep() {
    const std::int64_t half = architecture_.model_channels / 2;
    const std::int64_t width = 4 * architecture_.model_channels;
    const Value timestep = graph_.vector_input(1);
    graph_.set_label("time_embed");
    Value e = graph_.embedding(timestep, sinusoidal_frequencies(half, static_cast<double>(half)),
                               engine::EmbeddingOrder::cos_sin);
    e = graph_.silu(layers_.linear("time_embed.0", e, width));
    e = layers_.linear("time_embed.2", e, width);
    if (label_) {
      e = graph_.add(e, graph_.constant(
                            layers_.table_row("label_emb", architecture_.classes, width, *label_)));
    }
    // Every block begins with this activation: once is enough.
    return graph_.silu(e);
  }

  Value block(const std::string& name, Value x, std::int64_t outputs,
              Resize resize = Resize::none) {
    ResidualBlock block;
    block.names = block_names;
    block.norm = norm_rule;
    block.scale_shift = architecture_.scale_shift;
    block.resize = resize;
    block.resampler = &resampler_;
    block.project = layers_.channels(x) != outputs;
    return block.append(layers_, name, x, embedding_, outputs);
  }

  Value attend(const std::string& name, Value x, std::int64_t heads) {
    const std::int64_t width = layers_.channels(x);
    if (architecture_.head_channels) {
      const std::int64_t each = *architecture_.head_channels;
      heads = width % each == 0 ? width / each : 0;
    }
    Value h = layers_.group_norm(name + ".norm", x, norm_rule, Activation::none);
    h = layers_.packed_attention(
        name + ".qkv", h, heads,
        architecture_.new_attention_order ? QkvRows::by_kind : QkvRows::by_head, 1);
    return layers_.pointwise(name + ".proj_out", h, width, 1, x);
  }

  Value reduce(const std::string& name, Value x) {
    const std::int64_t width = layers_.channels(x);
    if (architecture_.resblock_updown) return block(name + ".0", x, width, Resize::down);
    return layers_.conv(name + ".0.op", x, width, {}, 1.0F, {3, 2, engine::Padding::all(1)});
  }

  Value enlarge(const std::string& name, Value x) {
    const std::int64_t width = layers_.channels(x);
    if (architecture_.resblock_updown) return block(name, x, width, Resize::up);
    graph_.set_label(name);
    return layers_.conv(name + ".conv", graph_.upsample_nearest(x), width);
  }

  Value encode(Value x) {
    std::size_t index = 0;
    const auto next_name = [&index] { return fmt::format("input_blocks.{}", index++); };
    x = layers_.conv(next_name() + ".0", x, architecture_.level_channels.front());
    skips_.push_back(x);
    const std::size_t levels = architecture_.level_channels.size();
    for (std::size_t level = 0; level < levels; ++level) {
      for (std::int64_t i = 0; i < architecture_.num_res_blocks; ++i) {
        const std::string name = next_name();
        x = block(name + ".0", x, architecture_.level_channels[level]);
        if (architecture_.attention[level]) x = attend(name + ".1", x, architecture_.num_heads);
        skips_.push_back(x);
      }
      if (level + 1 == levels) break;
      x = reduce(next_name(), x);
      skips_.push_back(x);
    }
    return x;
  }

  Value middle(Value x) {
    const std::int64_t width = layers_.channels(x);
    x = block("middle_block.0", x, width);
    x = attend("middle_block.1", x, architecture_.num_heads);
    return block("middle_block.2", x, width);
  }

  Value decode(Value x) {
    std::size_t index = 0;
    for (std::size_t level = architecture_.level_channels.size(); level-- > 0;) {
      for (std::int64_t i = 0; i <= architecture_.num_res_blocks; ++i) {
        const std::string name = fmt::format("output_blocks.{}", index++);
        graph_.set_label(name);
        x = graph_.concat({x, skips_.back()});
        skips_.pop_back();
        x = block(name + ".0", x, architecture_.level_channels[level]);
        int part = 1;
        if (architecture_.attention[level]) {
          x = attend(fmt::format("{}.{}", name, part++), x, architecture_.num_heads_upsample);
        }
        if (level > 0 && i == architecture_.num_res_blocks) {
          x = enlarge(fmt::format("{}.{}", name, part), x);
        }
      }
    }
    return x;
  }

  Layers& layers_;
  engine::Graph& graph_;
  const AdmArchitecture& architecture_;
  std::optional<std::int64_t> label_;
  Resampler resampler_;
  Value embedding_;
  std::vector<Value> skips_;
};

Preconditioning read_preconditioning(const Config& config) {
  DiscreteSchedule schedule;
  schedule.name = config.choice("noise_schedule", {"linear", "cosine"}, "linear");
  const std::int64_t steps = config.integer("diffusion_steps", {1, limits::timesteps}, 1000);
  const double scale = 1000.0 / static_cast<double>(steps);
  if (schedule.name == "cosine") {
    schedule.alpha_bars = alpha_bars(cosine_betas(steps));
  } else {
    // Ho et al. 2020, stretched to keep the whole of the noise for any number of steps.
    if (scale * 0.02 >= 1) config.fail("diffusion_steps", "more than 20 for the linear schedule");
    schedule.alpha_bars = alpha_bars(linear_betas(scale * 0.0001, scale * 0.02, steps));
  }
  if (config.flag("rescale_timesteps", false)) schedule.timestep_factor = scale;
  const bool predicts_sample = config.flag("predict_xstart", false);
  return discrete_preconditioning(schedule,
                                  predicts_sample ? Prediction::sample : Prediction::epsilon);
}

}  // namespace

Network build_guided_diffusion(const checkpoints::Checkpoint& checkpoint,
                               const NetworkOptions& options) {
  Network network;
  const Config config = merged_config(checkpoint, options, "num_channels", [&] {
    return detect_guided_diffusion(checkpoint, options, network.notes);
  });
  const AdmArchitecture architecture = read_adm_architecture(config);
  network.preconditioning = read_preconditioning(config);
  std::optional<std::int64_t> label;
  if (architecture.classes > 0) {
    label = required_label(options, architecture.classes);
  } else {
    checked_label(options.class_label, 0);
  }
  Layers layers(checkpoint, find_prefix(checkpoint, "time_embed.0.weight"));
  AdmUNet(layers, architecture, label).append();
  network.graph = std::move(layers.graph());
  network.config = config.values();
  network.channels = architecture.image_channels;
  network.resolution = architecture.resolution;
  network.classes = architecture.classes;
  network.size_multiple = std::int64_t{1} << (architecture.level_channels.size() - 1);
  return network;
}

}  // namespace modeseek::networks
