#include "networks/unet2d.hpp"

#include <numbers>
#include <utility>

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

}  // namespace

void UNet2D::append() {
  const Value image = graph_.input(architecture_.in_channels);
  embedding_ = map_timestep();
  Value x = decode(middle(encode(rescaled(image))));
  x = layers_.group_norm("conv_norm_out", x, norm_rule(), Activation::silu);
  graph_.set_output(layers_.head("conv_out", x, architecture_.out_channels,
                                 architecture_.in_channels, predicted_));
}

std::vector<float> UNet2D::frequencies() {
  const std::int64_t width = architecture_.down.front().channels;
  if (!architecture_.fourier) {
    const std::int64_t half = width / 2;
    return sinusoidal_frequencies(half, static_cast<double>(half) - architecture_.freq_shift);
  }
  std::vector<float> result = layers_.floats("time_proj.weight", {width});
  for (float& frequency : result) frequency *= static_cast<float>(2 * std::numbers::pi);
  return result;
}

Value UNet2D::map_timestep() {
  const Value timestep = graph_.vector_input(1);
  graph_.set_label("time_proj");
  const bool cosine_first = architecture_.flip_sin_to_cos && !architecture_.fourier;
  Value e = graph_.embedding(
      timestep, frequencies(),
      cosine_first ? engine::EmbeddingOrder::cos_sin : engine::EmbeddingOrder::sin_cos);
  const std::int64_t width = architecture_.embedding_channels;
  e = graph_.silu(layers_.linear("time_embedding.linear_1", e, width));
  e = layers_.linear("time_embedding.linear_2", e, width);
  if (label_) {
    e = graph_.add(e, graph_.constant(layers_.table_row("class_embedding", architecture_.classes,
                                                        width, *label_)));
  }
  return graph_.silu(e);
}

ResidualBlock UNet2D::residual_block(Value x, std::int64_t outputs, Resize resize,
                                     double divisor) const {
  ResidualBlock block;
  block.names = block_names;
  block.norm = norm_rule();
  block.scale_shift = architecture_.scale_shift;
  block.resize = resize;
  block.resampler = &resampler_;
  block.project = layers_.channels(x) != outputs;
  block.scale = 1 / divisor;
  return block;
}

Value UNet2D::block(const std::string& name, Value x, std::int64_t outputs, Resize resize,
                    double divisor) {
  return residual_block(x, outputs, resize, divisor).append(layers_, name, x, embedding_, outputs);
}

Value UNet2D::attend(const std::string& name, Value x, const NormRule& norm, double divisor) {
  const std::int64_t width = layers_.channels(x);
  const std::int64_t each = architecture_.head_channels.value_or(width);
  const std::int64_t heads = width % each == 0 ? width / each : 0;
  Value h = x;
  // The middle's attention has no norm in some configurations; its tensors tell.
  if (layers_.contains(name + ".group_norm.weight")) {
    h = layers_.group_norm(name + ".group_norm", x, norm, Activation::none);
  }
  const bool old = layers_.contains(name + ".query.weight");
  const AttentionNames& names = old ? old_names : new_names;
  h = layers_.split_attention(name + names.query, name + names.key, name + names.value, h, heads);
  h = layers_.pointwise(name + names.output, h, width, 0, x);
  return divisor == 1 ? h : graph_.scale(h, static_cast<float>(1 / divisor));
}

/// gain x + offset, as a convolution of one pixel: the engine adds no numbers to maps.
Value UNet2D::rescaled(Value x) {
  float gain = architecture_.unit_range ? 0.5F : 1.0F;
  float offset = architecture_.unit_range ? 0.5F : 0.0F;
  if (architecture_.center_input_sample) {
    gain *= 2;
    offset = 2 * offset - 1;
  }
  if (gain == 1 && offset == 0) return x;
  const std::int64_t count = architecture_.in_channels;
  engine::Conv conv;
  conv.outputs = count;
  conv.inputs = count;
  conv.weights.values.assign(static_cast<std::size_t>(count * count), 0.0F);
  for (std::int64_t i = 0; i < count; ++i) {
    conv.weights.values[static_cast<std::size_t>(i * count + i)] = gain;
  }
  conv.bias.assign(static_cast<std::size_t>(count), offset);
  graph_.set_label("center_input_sample");
  return graph_.conv(x, std::move(conv));
}

Value UNet2D::middle(Value x) {
  if (!architecture_.middle) return x;
  const std::int64_t width = layers_.channels(x);
  const double divisor = architecture_.middle_scale;
  x = block("mid_block.resnets.0", x, width, Resize::none, divisor);
  if (architecture_.middle_attention) {
    const NormRule norm{architecture_.middle_norm_groups, architecture_.middle_norm_min_channels,
                        architecture_.norm_epsilon};
    x = attend("mid_block.attentions.0", x, norm, divisor);
  }
  return block("mid_block.resnets.1", x, width, Resize::none, divisor);
}

}  // namespace modeseek::networks
