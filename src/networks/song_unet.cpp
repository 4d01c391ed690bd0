// SongUNet: DDPM++ and NCSN++ of Song et al. 2021, "Score-Based Generative Modeling through
// Stochastic Differential Equations", in the parametrisation of Karras et al. 2022.
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "networks/edm_unet.hpp"
#include "networks/limits.hpp"

namespace modeseek::networks {
namespace {

using engine::Activation;

constexpr NormRule norm_rule{32, 4, 1e-6F};
const double half_root = std::sqrt(0.5);
constexpr ResidualBlock::Names block_names{"norm0", "conv0", "affine", "norm1", "conv1", "skip"};

/// Encoder or decoder with side branches that carry the image.
enum class Branch { standard, skip, residual };

class SongUNet final : public EdmUNet {
 public:
  SongUNet(Layers& layers, const Config& config, const EdmArchitecture& architecture)
      : EdmUNet(layers, architecture),
        noise_channels_(config.integer("channel_mult_noise", {1, 64}, 1) *
                        architecture.model_channels),
        fourier_(config.choice("embedding_type", {"positional", "fourier"}, "positional") ==
                 "fourier"),
        encoder_(
            branch(config.choice("encoder_type", {"standard", "skip", "residual"}, "standard"))),
        decoder_(branch(config.choice("decoder_type", {"standard", "skip"}, "standard"))),
        resampler_(read_filter(config)) {}

  void append() {
    const Value image = graph_.input(architecture_.image_channels);
    embedding_ = map_noise();
    side_ = image;
    decode(encode(image, architecture_.model_channels));
    graph_.set_output(image_);
  }

 private:
  static Branch branch(const std::string& name) {
    if (name == "skip") return Branch::skip;
    return name == "residual" ? Branch::residual : Branch::standard;
  }

  static Resampler read_filter(const Config& config) {
    const std::vector<double> taps =
        config.numbers("resample_filter", {-1e3, 1e3}, 32, std::vector<double>{1, 1});
    double sum = 0;
    for (const double tap : taps) sum += tap;
    if (taps.size() % 2 != 0 || !(std::abs(sum) > 1e-6)) {
      config.fail("resample_filter", "an even number of taps whose sum is not zero");
    }
    return Resampler(taps);
  }

  /// The vector that every block sees.
  Value map_noise() {
    const Value noise = graph_.vector_input(1);
    graph_.set_label("map_noise");
    Value e = graph_.embedding(noise, frequencies(), engine::EmbeddingOrder::sin_cos);
    if (architecture_.label_dim > 0) e = graph_.add(e, graph_.constant(label_embedding()));
    const std::int64_t width = architecture_.model_channels * architecture_.channel_mult_emb;
    e = graph_.silu(layers_.linear("map_layer0", e, width));
    return graph_.silu(layers_.linear("map_layer1", e, width));
  }

  std::vector<float> frequencies() {
    const std::int64_t half = noise_channels_ / 2;
    if (!fourier_) {
      return sinusoidal_frequencies(half, std::max<double>(static_cast<double>(half) - 1, 1));
    }
    std::vector<float> result = layers_.floats("map_noise.freqs", {half});
    for (float& frequency : result) frequency *= static_cast<float>(2 * std::numbers::pi);
    return result;
  }

  std::vector<float> label_embedding() {
    std::vector<float> result = layers_.matrix_column("map_label", noise_channels_,
                                                      architecture_.label_dim, architecture_.label);
    const std::vector<float> bias = layers_.floats("map_label.bias", {noise_channels_});
    const auto gain = std::sqrt(static_cast<float>(architecture_.label_dim));
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = gain * result[i] + bias[i];
    return result;
  }

  Value block(const std::string& name, Value x, std::int64_t outputs, bool attention,
              Resize resize) override {
    ResidualBlock block;
    block.names = block_names;
    block.norm = norm_rule;
    block.resize = resize;
    block.resampler = &resampler_;
    block.project = layers_.channels(x) != outputs || resize != Resize::none;
    block.scale = half_root;
    const Value y = block.append(layers_, name, x, embedding_, outputs);
    return attention ? attend(name, y) : y;
  }

  Value attend(const std::string& name, Value x) {
    Value h = layers_.group_norm(name + ".norm2", x, norm_rule, Activation::none);
    h = layers_.packed_attention(name + ".qkv", h, 1, QkvRows::interleaved, 2);
    h = layers_.conv1x1(name + ".proj", h, layers_.channels(x), x);
    return graph_.scale(h, static_cast<float>(half_root));
  }

  /// The reduced image joins the features below each halving.
  Value after_halving(std::int64_t level, Value x) override {
    const std::int64_t width = layers_.channels(x);
    if (encoder_ == Branch::skip) {
      graph_.set_label(name_in("enc", level, "aux_down"));
      side_ = resampler_.down(graph_, side_);
      x = layers_.conv1x1(name_in("enc", level, "aux_skip"), side_, width, x);
    }
    if (encoder_ == Branch::residual) {
      // Filter after convolution, both without loss at the border: padded once, by both margins.
      const Window window{3, 1, engine::Padding::all(1 + resampler_.margin())};
      side_ = layers_.conv(name_in("enc", level, "aux_residual"), side_, width, {}, 1.0F, window);
      side_ = resampler_.down_unpadded(graph_, side_);
      x = graph_.scale(graph_.add(x, side_), static_cast<float>(half_root));
      side_ = x;
    }
    return x;
  }

  bool attends(std::int64_t level, std::int64_t i) const override {
    return i == architecture_.num_blocks && architecture_.attends(level);
  }

  /// Predicts the image from the features of a level and adds it to the enlarged coarser one.
  void after_level(std::int64_t level, Value x) override {
    if (decoder_ == Branch::standard && level > 0) return;
    if (image_.valid()) {
      graph_.set_label(name_in("dec", level, "aux_up"));
      image_ = resampler_.up(graph_, image_);
    }
    const Value h =
        layers_.group_norm(name_in("dec", level, "aux_norm"), x, norm_rule, Activation::silu);
    image_ = layers_.head(name_in("dec", level, "aux_conv"), h, architecture_.output_channels,
                          architecture_.image_channels, image_);
  }

  std::int64_t noise_channels_;
  bool fourier_;
  Branch encoder_;
  Branch decoder_;
  Resampler resampler_;
  Value embedding_;
  Value side_;   ///< the reduced image, or what the encoder made of it
  Value image_;  ///< predicted so far
};

}  // namespace

void append_song_unet(Layers& layers, const Config& config, const EdmArchitecture& architecture) {
  SongUNet(layers, config, architecture).append();
}

}  // namespace modeseek::networks
