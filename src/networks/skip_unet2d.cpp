#include <fmt/format.h>

#include <algorithm>
#include <numbers>

#include "networks/unet2d.hpp"

namespace modeseek::networks {
namespace {

using engine::Activation;

class SkipUNet2D final : public UNet2D {
 public:
  SkipUNet2D(Layers& layers, const UNet2DArchitecture& architecture,
             std::optional<std::int64_t> label)
      : UNet2D(layers, architecture, label) {
    resampler_ = Resampler({1, 3, 3, 1});
  }

 private:
  /// Every sum is divided by it.
  static constexpr double divisor = std::numbers::sqrt2;

  NormRule own_rule() const { return {32, 4, architecture_.norm_epsilon}; }

  Value residual(const std::string& name, Value x, std::int64_t outputs, Resize resize,
                 std::optional<NormRule> first_norm = {}) {
    ResidualBlock block = residual_block(x, outputs, resize, divisor);
    block.norm = own_rule();
    block.first_norm = first_norm;
    block.project = block.project || resize != Resize::none;
    return block.append(layers_, name, x, embedding_, outputs);
  }

  Value attention(const std::string& name, Value x) {
    return attend(name, x, {32, 1, architecture_.norm_epsilon}, divisor);
  }

  Value encode(Value image) override {
    Value side = image;
    Value x = layers_.conv("conv_in", image, architecture_.down.front().channels);
    skips_.push_back(x);
    for (std::size_t i = 0; i < architecture_.down.size(); ++i) {
      const UNet2DArchitecture::Level& level = architecture_.down[i];
      const std::string name = fmt::format("down_blocks.{}", i);
      for (std::int64_t j = 0; j < architecture_.layers_per_block; ++j) {
        x = residual(fmt::format("{}.resnets.{}", name, j), x, level.channels, Resize::none);
        if (level.attention) x = attention(fmt::format("{}.attentions.{}", name, j), x);
        skips_.push_back(x);
      }
      if (i + 1 == architecture_.down.size()) break;
      x = residual(name + ".resnet_down", x, level.channels, Resize::down);
      graph_.set_label(name + ".downsamplers.0");
      side = resampler_.down(graph_, side);
      x = layers_.conv1x1(name + ".skip_conv", side, level.channels, x);
      skips_.push_back(x);
    }
    return x;
  }

  /// Joins `x` with its counterpart. The library counts the groups of the first norm in another
  /// way where the level attends.
  Value join(const std::string& name, Value x, const UNet2DArchitecture::Level& level) {
    const Value skip = skips_.back();
    skips_.pop_back();
    std::optional<NormRule> first;
    if (level.attention) {
      const std::int64_t groups =
          std::min<std::int64_t>(layers_.channels(x) + layers_.channels(skip) / 4, 32);
      first = NormRule{groups, 1, architecture_.norm_epsilon};
    }
    graph_.set_label(name);
    return residual(name, graph_.concat({x, skip}), level.channels, Resize::none, first);
  }

  Value decode(Value x) override {
    for (std::size_t i = 0; i < architecture_.up.size(); ++i) {
      const UNet2DArchitecture::Level& level = architecture_.up[i];
      const std::string name = fmt::format("up_blocks.{}", i);
      for (std::int64_t j = 0; j <= architecture_.layers_per_block; ++j) {
        x = join(fmt::format("{}.resnets.{}", name, j), x, level);
      }
      if (level.attention) x = attention(name + ".attentions.0", x);
      if (predicted_.valid()) {
        graph_.set_label(name + ".upsampler");
        predicted_ = resampler_.up(graph_, predicted_);
      }
      if (i + 1 < architecture_.up.size()) x = enlarge(name, x, level);
    }
    return x;
  }

  /// Adds what the level's features predict to the image, and enlarges the features.
  Value enlarge(const std::string& name, Value x, const UNet2DArchitecture::Level& level) {
    const Value h = layers_.group_norm(name + ".skip_norm", x, own_rule(), Activation::silu);
    predicted_ = layers_.conv(name + ".skip_conv", h, architecture_.in_channels, predicted_);
    return residual(name + ".resnet_up", x, level.channels, Resize::up);
  }
};

}  // namespace

void append_skip_unet2d(Layers& layers, const UNet2DArchitecture& architecture,
                        std::optional<std::int64_t> label) {
  SkipUNet2D(layers, architecture, label).append();
}

}  // namespace modeseek::networks
