#pragma once

#include <optional>
#include <string>
#include <vector>

#include "networks/diffusers.hpp"
#include "networks/layers.hpp"
#include "networks/residual_block.hpp"

namespace modeseek::networks {

/// What the variants of `UNet2DModel` have in common; they differ in encoder and decoder.
class UNet2D {
 public:
  UNet2D(Layers& layers, const UNet2DArchitecture& architecture, std::optional<std::int64_t> label)
      : layers_(layers), graph_(layers.graph()), architecture_(architecture), label_(label) {}
  virtual ~UNet2D() = default;

  /// Appends the whole network.
  void append();

 protected:
  using Value = engine::Value;

  virtual Value encode(Value image) = 0;
  virtual Value decode(Value x) = 0;

  NormRule norm_rule() const {
    return {architecture_.norm_groups, architecture_.norm_min_channels, architecture_.norm_epsilon};
  }
  /// A residual block as the variants share it; the caller may still change it.
  ResidualBlock residual_block(Value x, std::int64_t outputs, Resize resize, double divisor) const;
  Value block(const std::string& name, Value x, std::int64_t outputs, Resize resize = Resize::none,
              double divisor = 1);
  Value attend(const std::string& name, Value x, const NormRule& norm, double divisor = 1);

  Layers& layers_;
  engine::Graph& graph_;
  const UNet2DArchitecture& architecture_;
  std::optional<std::int64_t> label_;
  Resampler resampler_;
  Value embedding_;
  std::vector<Value> skips_;
  Value predicted_;  ///< image that the last convolution adds to; none in most variants

 private:
  Value map_timestep();
  std::vector<float> frequencies();
  /// The image on the scale that the network was trained on.
  Value rescaled(Value x);
  Value middle(Value x);
};

/// Encoder and decoder with side branches that carry the image: `SkipDownBlock2D`,
/// `AttnSkipDownBlock2D` and their counterparts, the NCSN++ of Song et al. 2021.
void append_skip_unet2d(Layers& layers, const UNet2DArchitecture& architecture,
                        std::optional<std::int64_t> label);

}  // namespace modeseek::networks
