// DhariwalUNet: ADM of Dhariwal and Nichol 2021, "Diffusion Models Beat GANs on Image Synthesis",
// in the parametrisation of Karras et al. 2022.
#include <string>

#include "networks/edm_unet.hpp"

namespace modeseek::networks {
namespace {

using engine::Activation;

constexpr NormRule norm_rule{32, 4, 1e-5F};
constexpr std::int64_t head_channels = 64;
constexpr ResidualBlock::Names block_names{"norm0", "conv0", "affine", "norm1", "conv1", "skip"};

class DhariwalUNet final : public EdmUNet {
 public:
  DhariwalUNet(Layers& layers, const EdmArchitecture& architecture)
      : EdmUNet(layers, architecture) {}

  void append() {
    const Value image = graph_.input(architecture_.image_channels);
    embedding_ = map_noise();
    const Value x = decode(encode(image, architecture_.channels(0)));
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

  Value block(const std::string& name, Value x, std::int64_t outputs, bool attention,
              Resize resize) override {
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

  bool attends(std::int64_t level, std::int64_t /*i*/) const override {
    return architecture_.attends(level);
  }

  Resampler resampler_;
  Value embedding_;
};

}  // namespace

void append_dhariwal_unet(Layers& layers, const EdmArchitecture& architecture) {
  DhariwalUNet(layers, architecture).append();
}

}  // namespace modeseek::networks
