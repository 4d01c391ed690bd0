#pragma once

#include <string>
#include <vector>

#include "networks/edm.hpp"
#include "networks/residual_block.hpp"

namespace modeseek::networks {

/// What the two networks of EDM have in common: an encoder and a decoder of residual blocks, each
/// output of the encoder joined to its counterpart in the decoder.
class EdmUNet {
 public:
  EdmUNet(Layers& layers, const EdmArchitecture& architecture)
      : layers_(layers), graph_(layers.graph()), architecture_(architecture) {}
  virtual ~EdmUNet() = default;

 protected:
  using Value = engine::Value;

  /// A residual block, followed by attention where wanted.
  virtual Value block(const std::string& name, Value x, std::int64_t outputs,
                      bool attention = false, Resize resize = Resize::none) = 0;
  /// What happens below each halving of the encoder.
  virtual Value after_halving(std::int64_t /*level*/, Value x) { return x; }
  /// Whether block `i` of a level of the decoder attends.
  virtual bool attends(std::int64_t level, std::int64_t i) const = 0;
  /// Sees the features that a level of the decoder ends with.
  virtual void after_level(std::int64_t /*level*/, Value /*x*/) {}

  /// `width` channels come out of the first convolution.
  Value encode(Value x, std::int64_t width);
  Value decode(Value x);

  /// "enc.32x32_block0"
  std::string name_in(const char* half, std::int64_t level, const std::string& block) const {
    return architecture_.block_name(half, level, block);
  }

  Layers& layers_;
  engine::Graph& graph_;
  const EdmArchitecture& architecture_;

 private:
  /// The block that a level of the decoder begins with.
  Value enter_level(std::int64_t level, Value x);

  std::vector<Value> skips_;
};

}  // namespace modeseek::networks
