#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/graph.hpp"
#include "networks/layers.hpp"

namespace modeseek::networks {

/// Change of size by 2 with a separable filter, as all published UNets do it: [1, 1] is the mean of
/// 2 x 2 blocks and nearest-neighbour enlargement, [1, 3, 3, 1] the smoother NCSN++ pair.
class Resampler {
 public:
  /// An even number of taps; normalised here.
  explicit Resampler(std::vector<double> taps = {1, 1});

  engine::Value down(engine::Graph& graph, engine::Value x) const;
  engine::Value up(engine::Graph& graph, engine::Value x) const;
  /// The reducing filter without its padding, for a map that already carries `margin()` pixels.
  engine::Value down_unpadded(engine::Graph& graph, engine::Value x) const;
  std::int64_t margin() const;

 private:
  engine::FirFilter filter(double gain, std::int64_t padding) const;

  std::vector<double> taps_;  ///< sum 1
};

enum class Resize { none, down, up };

/// The residual block that the UNets of Song et al. 2021, Dhariwal and Nichol 2021 and their heirs
/// share; they differ in names, in where the noise level enters, and in the shortcut:
/// h = conv1(act(norm1(conv0(resize(act(norm0 x)))))), result = (h + shortcut(resize x)) * scale.
struct ResidualBlock {
  /// Tensor names below the block's own.
  struct Names {
    const char* norm0;
    const char* conv0;
    const char* affine;  ///< linear layer of the embedding
    const char* norm1;
    const char* conv1;
    const char* shortcut;
  };

  Names names{};
  NormRule norm;
  /// norm0 where it differs from norm1.
  std::optional<NormRule> first_norm;
  /// The embedding scales and shifts after norm1 instead of being added before it.
  bool scale_shift = false;
  Resize resize = Resize::none;
  const Resampler* resampler = nullptr;  ///< where `resize` is not none
  /// A 1 x 1 convolution on the shortcut; the identity otherwise.
  bool project = false;
  double scale = 1;

  /// `embedding`: the vector that every block sees, activation already applied.
  engine::Value append(Layers& layers, const std::string& name, engine::Value x,
                       engine::Value embedding, std::int64_t outputs) const;
};

}  // namespace modeseek::networks
