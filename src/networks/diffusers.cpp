#include "networks/diffusers.hpp"

#include <fmt/format.h>

#include <utility>

#include "modeseek/error.hpp"
#include "networks/layers.hpp"
#include "networks/limits.hpp"
#include "networks/merged_config.hpp"
#include "networks/residual_block.hpp"

namespace modeseek::networks {
namespace {

using engine::Activation;
using engine::Value;

constexpr ResidualBlock::Names block_names{"norm1", "conv1", "time_emb_proj",
                                           "norm2", "conv2", "conv_shortcut"};

/// Names of an attention's layers: the library renamed them in version 0.15.
struct AttentionNames {
  const char* query;
  const char* key;
  const char* value;
  const char* output;
};
constexpr AttentionNames new_names{".to_q", ".to_k", ".to_v", ".to_out.0"};
constexpr AttentionNames old_names{".query", ".key", ".value", ".proj_attn"};

class UNet2D {
 public:
  UNet2D(Layers& layers, const UNet2DArchitecture& architecture, std::optional<std::int64_t> label)
      : layers_(layers), graph_(layers.graph()), architecture_(architecture), label_(label) {}

  void append() {
    const Value image = graph_.input(architecture_.in_channels);
    embedding_ = map_timestep();
    Value x = decode(middle(encode(image)));
    x = layers_.group_norm("conv_norm_out", x, norm_rule(), Activation::silu);
    graph_.set_output(
        layers_.head("conv_out", x, architecture_.out_channels, architecture_.in_channels));
  }

 private:
  NormRule norm_rule() const { return {architecture_.norm_groups, 1, architecture_.norm_epsilon}; }

  Value map_timestep() {
    const std::int64_t half = architecture_.down.front().channels / 2;
    const Value timestep = graph_.vector_input(1);
    graph_.set_label("time_proj");
    Value e = graph_.embedding(
        timestep,
        sinusoidal_frequencies(half, static_cast<double>(half) - architecture_.freq_shift),
        architecture_.flip_sin_to_cos ? engine::EmbeddingOrder::cos_sin
                                      : engine::EmbeddingOrder::sin_cos);
    const std::int64_t width = architecture_.embedding_channels;
    e = graph_.silu(layers_.linear("time_embedding.linear_1", e, width));
    e = layers_.linear("time_embedding.linear_2", e, width);
    if (label_) {
      e = graph_.add(e, graph_.constant(layers_.table_row("class_embedding", architecture_.classes,
                                                          width, *label_)));
    }
    return graph_.silu(e);
  }

  Value block(const std::string& name, Value x, std::int64_t outputs, Resize resize = Resize::none,
              double divisor = 1) {
    ResidualBlock block;
    block.names = block_names;
    block.norm = norm_rule();
    block.scale_shift = architecture_.scale_shift;
    block.resize = resize;
    block.resampler = &resampler_;
    block.project = layers_.channels(x) != outputs;
    block.scale = 1 / divisor;
    return block.append(layers_, name, x, embedding_, outputs);
  }

  Value attend(const std::string& name, Value x, std::int64_t groups, double divisor = 1) {
    const std::int64_t width = layers_.channels(x);
    const std::int64_t each = architecture_.head_channels.value_or(width);
    const std::int64_t heads = width % each == 0 ? width / each : 0;
    Value h = x;
    // The middle's attention has no norm in some configurations; its tensors tell.
    if (layers_.contains(name + ".group_norm.weight")) {
      h = layers_.group_norm(name + ".group_norm", x, {groups, 1, architecture_.norm_epsilon},
                             Activation::none);
    }
    const bool old = layers_.contains(name + ".query.weight");
    const AttentionNames& names = old ? old_names : new_names;
    h = layers_.split_attention(name + names.query, name + names.key, name + names.value, h, heads);
    h = layers_.pointwise(name + names.output, h, width, 0, x);
    return divisor == 1 ? h : graph_.scale(h, static_cast<float>(1 / divisor));
  }

  Value encode(Value image) {
    Value x = image;
    if (architecture_.center_input_sample) x = centred(x);
    x = layers_.conv("conv_in", x, architecture_.down.front().channels);
    skips_.push_back(x);
    for (std::size_t i = 0; i < architecture_.down.size(); ++i) {
      const UNet2DArchitecture::Level& level = architecture_.down[i];
      const std::string name = fmt::format("down_blocks.{}", i);
      for (std::int64_t j = 0; j < architecture_.layers_per_block; ++j) {
        x = block(fmt::format("{}.resnets.{}", name, j), x, level.channels);
        if (level.attention) {
          x = attend(fmt::format("{}.attentions.{}", name, j), x, architecture_.norm_groups);
        }
        skips_.push_back(x);
      }
      if (i + 1 == architecture_.down.size()) break;
      x = reduce(name + ".downsamplers.0", x, level);
      skips_.push_back(x);
    }
    return x;
  }

  /// 2 x - 1, as a convolution of one pixel: the engine adds no numbers to maps.
  Value centred(Value x) {
    const std::int64_t count = architecture_.in_channels;
    engine::Conv conv;
    conv.outputs = count;
    conv.inputs = count;
    conv.weights.assign(static_cast<std::size_t>(count * count), 0.0F);
    for (std::int64_t i = 0; i < count; ++i) {
      conv.weights[static_cast<std::size_t>(i * count + i)] = 2.0F;
    }
    conv.bias.assign(static_cast<std::size_t>(count), -1.0F);
    graph_.set_label("center_input_sample");
    return graph_.conv(x, std::move(conv));
  }

  Value reduce(const std::string& name, Value x, const UNet2DArchitecture::Level& level) {
    if (level.residual_resampling) return block(name, x, level.channels, Resize::down);
    Window window{3, 2, engine::Padding::all(1)};
    if (architecture_.downsample_padding == 0) window.padding = {0, 0, 1, 1};
    return layers_.conv(name + ".conv", x, level.channels, {}, 1.0F, window);
  }

  Value middle(Value x) {
    if (!architecture_.middle) return x;
    const std::int64_t width = layers_.channels(x);
    const double divisor = architecture_.middle_scale;
    x = block("mid_block.resnets.0", x, width, Resize::none, divisor);
    if (architecture_.middle_attention) {
      x = attend("mid_block.attentions.0", x, architecture_.middle_norm_groups, divisor);
    }
    return block("mid_block.resnets.1", x, width, Resize::none, divisor);
  }

  Value decode(Value x) {
    for (std::size_t i = 0; i < architecture_.up.size(); ++i) {
      const UNet2DArchitecture::Level& level = architecture_.up[i];
      const std::string name = fmt::format("up_blocks.{}", i);
      for (std::int64_t j = 0; j <= architecture_.layers_per_block; ++j) {
        graph_.set_label(name);
        x = graph_.concat({x, skips_.back()});
        skips_.pop_back();
        x = block(fmt::format("{}.resnets.{}", name, j), x, level.channels);
        if (level.attention) {
          x = attend(fmt::format("{}.attentions.{}", name, j), x, architecture_.norm_groups);
        }
      }
      if (i + 1 < architecture_.up.size()) x = enlarge(name + ".upsamplers.0", x, level);
    }
    return x;
  }

  Value enlarge(const std::string& name, Value x, const UNet2DArchitecture::Level& level) {
    if (level.residual_resampling) return block(name, x, level.channels, Resize::up);
    graph_.set_label(name);
    return layers_.conv(name + ".conv", graph_.upsample_nearest(x), level.channels);
  }

  Layers& layers_;
  engine::Graph& graph_;
  const UNet2DArchitecture& architecture_;
  std::optional<std::int64_t> label_;
  Resampler resampler_;
  Value embedding_;
  std::vector<Value> skips_;
};

[[noreturn]] nlohmann::json no_config(const checkpoints::Checkpoint& checkpoint) {
  throw FileError(checkpoint.path,
                  "a diffusers network needs its config.json beside the weights: name the folder");
}

}  // namespace

Network build_diffusers(const checkpoints::Checkpoint& checkpoint, const NetworkOptions& options) {
  Network network;
  const Config config = merged_config(checkpoint, options, "block_out_channels",
                                      [&]() -> nlohmann::json { no_config(checkpoint); });
  const UNet2DArchitecture architecture = read_unet2d_architecture(config);
  network.preconditioning = read_diffusers_scheduler(config.section("scheduler"), network.notes);
  std::optional<std::int64_t> label;
  if (architecture.classes > 0) {
    label = required_label(options, architecture.classes);
  } else {
    checked_label(options.class_label, 0);
  }
  Layers layers(checkpoint, find_prefix(checkpoint, "time_embedding.linear_1.weight"));
  UNet2D(layers, architecture, label).append();
  network.graph = std::move(layers.graph());
  network.config = config.values();
  network.channels = architecture.in_channels;
  network.resolution = architecture.sample_size.value_or(0);
  network.classes = architecture.classes;
  network.size_multiple = std::int64_t{1} << (architecture.down.size() - 1);
  return network;
}

}  // namespace modeseek::networks
