#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoints/checkpoint.hpp"
#include "metrics/feature_stage.hpp"

namespace modeseek::metrics {

/// "lpips-alex" or "lpips-vgg" when the tensors' names are those of the lpips package's state dict
/// ("net.slice1.0.weight", "lin0.model.1.weight"), empty otherwise. Throws FileError for LPIPS of a
/// network that is not known here (SqueezeNet).
std::string lpips_family(const checkpoints::Checkpoint& checkpoint);

/// True for the tensors that LpipsNetwork reads; the package's state dict holds each head twice.
bool is_lpips_tensor(std::string_view name);

/// The network of LPIPS 0.1: stages of AlexNet or VGG16 whose results are compared.
class LpipsNetwork {
 public:
  /// Throws FileError, which names the tensor, for one that is missing or of another shape.
  explicit LpipsNetwork(const checkpoints::Checkpoint& checkpoint);

  /// Throws InvalidArgument when pictures of this extent cannot be compared.
  void check(const Shape& shape) const;
  /// What a comparison of pictures of this extent takes, the pictures apart. Throws as check.
  std::uint64_t memory_bytes(const Shape& shape);
  /// Of two RGB pictures [1,3,H,W] in [-1, 1].
  double distance(const Tensor& a, const Tensor& b);

 private:
  struct Stage {
    FeatureStage features;
    std::vector<float> head;  ///< a weight for each channel
  };
  std::vector<Stage> stages_;
  engine::Workspace workspace_;
};

}  // namespace modeseek::metrics
