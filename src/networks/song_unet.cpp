// SongUNet: DDPM++ and NCSN++ of Song et al. 2021, "Score-Based Generative Modeling through
// Stochastic Differential Equations", in the parametrisation of Karras et al. 2022.
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "networks/edm.hpp"
#include "networks/limits.hpp"
#include "networks/residual_block.hpp"

namespace modeseek::networks {
namespace {

using engine::Activation;
using engine::Value;

constexpr NormRule norm_rule{32, 4, 1e-6F};
const double half_root = std::sqrt(0.5);
constexpr ResidualBlock::Names block_names{"norm0", "conv0", "affine", "norm1", "conv1", "skip"};

/// Encoder or decoder with side branches that carry the image.
enum class Branch { standard, skip, residual };

class SongUNet {
 public:
  SongUNet(Layers& layers, const Config& config, const EdmArchitecture& architecture)
      : layers_(layers),
        graph_(layers.graph()),
        architecture_(architecture),
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
    graph_.set_output(decode(encode(image)));
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

  Value block(const std::string& name, Value x, std::int64_t outputs, bool attention = false,
              Resize resize = Resize::none) {
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

  Value encode(Value image) {
    side_ = image;
    Value x = image;
    for (std::int64_t level = 0; level < architecture_.levels(); ++level) {
      if (level == 0) {
        x = layers_.conv(name_in("enc", level, "conv"), x, architecture_.model_channels);
      } else {
        x = block(name_in("enc", level, "down"), x, layers_.channels(x), false, Resize::down);
        x = add_side(level, x);
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

  /// The reduced image joins the features below each halving.
  Value add_side(std::int64_t level, Value x) {
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

  Value decode(Value x) {
    Value image;
    for (std::int64_t level = architecture_.levels() - 1; level >= 0; --level) {
      const bool lowest = level == architecture_.levels() - 1;
      if (lowest) {
        x = block(name_in("dec", level, "in0"), x, layers_.channels(x), true);
        x = block(name_in("dec", level, "in1"), x, layers_.channels(x));
      } else {
        x = block(name_in("dec", level, "up"), x, layers_.channels(x), false, Resize::up);
      }
      for (std::int64_t i = 0; i <= architecture_.num_blocks; ++i) {
        x = graph_.concat({x, skips_.back()});
        skips_.pop_back();
        x = block(name_in("dec", level, "block" + std::to_string(i)), x,
                  architecture_.channels(level),
                  i == architecture_.num_blocks && architecture_.attends(level));
      }
      if (decoder_ == Branch::skip || level == 0) image = add_image(level, x, image);
    }
    return image;
  }

  /// Predicts the image from the features of a level and adds it to the enlarged coarser one.
  Value add_image(std::int64_t level, Value x, Value image) {
    if (image.valid()) {
      graph_.set_label(name_in("dec", level, "aux_up"));
      image = resampler_.up(graph_, image);
    }
    const Value h =
        layers_.group_norm(name_in("dec", level, "aux_norm"), x, norm_rule, Activation::silu);
    return layers_.head(name_in("dec", level, "aux_conv"), h, architecture_.output_channels,
                        architecture_.image_channels, image);
  }

  std::string name_in(const char* half, std::int64_t level, const std::string& block) const {
    return architecture_.block_name(half, level, block);
  }

  Layers& layers_;
  engine::Graph& graph_;
  const EdmArchitecture& architecture_;
  std::int64_t noise_channels_;
  bool fourier_;
  Branch encoder_;
  Branch decoder_;
  Resampler resampler_;
  Value embedding_;
  Value side_;
  std::vector<Value> skips_;
};

}  // namespace

void append_song_unet(Layers& layers, const Config& config, const EdmArchitecture& architecture) {
  SongUNet(layers, config, architecture).append();
}

}  // namespace modeseek::networks
