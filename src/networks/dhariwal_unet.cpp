// DhariwalUNet: ADM of Dhariwal and Nichol 2021, "Diffusion Models Beat GANs on Image Synthesis",
// in the parametrisation of Karras et al. 2022.
#include <string>
#include <vector>

#include "networks/edm.hpp"
#include "networks/residual_block.hpp"

namespace modeseek::networks {
namespace {

using engine::Activation;
using engine::Value;

constexpr NormRule norm_rule{32, 4, 1e-5F};
constexpr std::int64_t head_channels = 64;
constexpr ResidualBlock::Names block_names{"norm0", "conv0", "affine", "norm1", "conv1", "skip"};

class DhariwalUNet {
 public:
  DhariwalUNet(Layers& layers, const EdmArchitecture& architecture)
      : layers_(layers), graph_(layers.graph()), architecture_(architecture) {}

  void append() {
    const Value image = graph_.input(architecture_.image_channels);
    embedding_ = map_noise();
    const Value x = decode(encode(image));
    const Value h = layers_.group_norm("out_norm", x, norm_rule, Activation::silu);
    graph_.set_output(
        layers_.head("out_conv", h, architecture_.output_channels, architecture_.image_channels));
  }

 private:
  Value map_noise() {
    const std::int64_t width = architecture_.model_channels * architecture_.channel_mult_emb;
    const std::int64_t half = architecture_.model_channels / 2;
    const Value noise = graph_.vector_input(1);
    graph_.set_label("map_noise");
    Value e = graph_.embedding(noise, sinusoidal_frequencies(half, static_cast<double>(half)),
                               engine::EmbeddingOrder::cos_sin);
    e = graph_.silu(layers_.linear("map_layer0", e, width));
    e = layers_.linear("map_layer1", e, width);
    if (architecture_.label) {
      e = graph_.add(e, graph_.constant(layers_.matrix_column(
                            "map_label", width, architecture_.label_dim, architecture_.label)));
    }
    return graph_.silu(e);
  }

  Value block(const std::string& name, Value x, std::int64_t outputs, bool attention = false,
              Resize resize = Resize::none) {
    ResidualBlock block;
    block.names = block_names;
    block.norm = norm_rule;
    block.scale_shift = true;
    block.resize = resize;
    block.resampler = &resampler_;
    block.project = layers_.channels(x) != outputs;
    const Value y = block.append(layers_, name, x, embedding_, outputs);
    // Fewer channels than a head has mean no head at all.
    const std::int64_t heads = outputs / head_channels;
    return attention && heads > 0 ? attend(name, y, heads) : y;
  }

  Value attend(const std::string& name, Value x, std::int64_t heads) {
    Value h = layers_.group_norm(name + ".norm2", x, norm_rule, Activation::none);
    h = layers_.packed_attention(name + ".qkv", h, heads, QkvRows::interleaved, 2);
    return layers_.conv1x1(name + ".proj", h, layers_.channels(x), x);
  }

  Value encode(Value x) {
    for (std::int64_t level = 0; level < architecture_.levels(); ++level) {
      if (level == 0) {
        x = layers_.conv(name_in("enc", level, "conv"), x, architecture_.channels(0));
      } else {
        x = block(name_in("enc", level, "down"), x, layers_.channels(x), false, Resize::down);
      }
      skips_.push_back(x);
      for (std::int64_t i = 0; i < architecture_.num_blocks; ++i) {
        x = block(name_in("enc", level, "block" + std::to_string(i)), x,
                  architecture_.channels(level), architecture_.attends(level));
        skips_.push_back(x);
      }
    }
    return x;
  }

  Value decode(Value x) {
    for (std::int64_t level = architecture_.levels() - 1; level >= 0; --level) {
      if (level == architecture_.levels() - 1) {
        x = block(name_in("dec", level, "in0"), x, layers_.channels(x), true);
        x = block(name_in("dec", level, "in1"), x, layers_.channels(x));
      } else {
        x = block(name_in("dec", level, "up"), x, layers_.channels(x), false, Resize::up);
      }
      for (std::int64_t i = 0; i <= architecture_.num_blocks; ++i) {
        x = graph_.concat({x, skips_.back()});
        skips_.pop_back();
        x = block(name_in("dec", level, "block" + std::to_string(i)), x,
                  architecture_.channels(level), architecture_.attends(level));
      }
    }
    return x;
  }

  std::string name_in(const char* half, std::int64_t level, const std::string& block) const {
    return architecture_.block_name(half, level, block);
  }

  Layers& layers_;
  engine::Graph& graph_;
  const EdmArchitecture& architecture_;
  Resampler resampler_;
  Value embedding_;
  std::vector<Value> skips_;
};

}  // namespace

void append_dhariwal_unet(Layers& layers, const EdmArchitecture& architecture) {
  DhariwalUNet(layers, architecture).append();
}

}  // namespace modeseek::networks
