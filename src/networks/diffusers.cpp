#include "networks/diffusers.hpp"

#include <fmt/format.h>

#include <utility>

#include "modeseek/error.hpp"
#include "networks/limits.hpp"
#include "networks/merged_config.hpp"
#include "networks/unet2d.hpp"

namespace modeseek::networks {
namespace {

class PlainUNet2D final : public UNet2D {
 public:
  using UNet2D::UNet2D;

 private:
  Value encode(Value image) override {
    Value x = layers_.conv("conv_in", image, architecture_.down.front().channels);
    skips_.push_back(x);
    for (std::size_t i = 0; i < architecture_.down.size(); ++i) {
      const UNet2DArchitecture::Level& level = architecture_.down[i];
      const std::string name = fmt::format("down_blocks.{}", i);
      for (std::int64_t j = 0; j < architecture_.layers_per_block; ++j) {
        x = block(fmt::format("{}.resnets.{}", name, j), x, level.channels);
        if (level.attention) {
          x = attend(fmt::format("{}.attentions.{}", name, j), x, norm_rule());
        }
        skips_.push_back(x);
      }
      if (i + 1 == architecture_.down.size()) break;
      x = reduce(name + ".downsamplers.0", x, level);
      skips_.push_back(x);
    }
    return x;
  }

  Value reduce(const std::string& name, Value x, const UNet2DArchitecture::Level& level) {
    if (level.residual_resampling) return block(name, x, level.channels, Resize::down);
    Window window{3, 2, engine::Padding::all(1)};
    if (architecture_.downsample_padding == 0) window.padding = {0, 0, 1, 1};
    return layers_.conv(name + ".conv", x, level.channels, {}, 1.0F, window);
  }

  Value decode(Value x) override {
    for (std::size_t i = 0; i < architecture_.up.size(); ++i) {
      const UNet2DArchitecture::Level& level = architecture_.up[i];
      const std::string name = fmt::format("up_blocks.{}", i);
      for (std::int64_t j = 0; j <= architecture_.layers_per_block; ++j) {
        graph_.set_label(name);
        x = graph_.concat({x, skips_.back()});
        skips_.pop_back();
        x = block(fmt::format("{}.resnets.{}", name, j), x, level.channels);
        if (level.attention) {
          x = attend(fmt::format("{}.attentions.{}", name, j), x, norm_rule());
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
  const Config scheduler = config.section("scheduler");
  network.preconditioning = architecture.fourier
                                ? read_exploding_scheduler(scheduler, network.notes)
                                : read_diffusers_scheduler(scheduler, network.notes);
  std::optional<std::int64_t> label;
  if (architecture.classes > 0) {
    label = required_label(options, architecture.classes);
  } else {
    checked_label(options.class_label, 0);
  }
  Layers layers(checkpoint, find_prefix(checkpoint, "time_embedding.linear_1.weight"));
  if (architecture.skip) {
    append_skip_unet2d(layers, architecture, label);
  } else {
    PlainUNet2D(layers, architecture, label).append();
  }
  network.graph = std::move(layers.graph());
  network.config = config.values();
  network.channels = architecture.in_channels;
  network.resolution = architecture.sample_size.value_or(0);
  network.classes = architecture.classes;
  network.size_multiple = std::int64_t{1} << (architecture.down.size() - 1);
  return network;
}

}  // namespace modeseek::networks
