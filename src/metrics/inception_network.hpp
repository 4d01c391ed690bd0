#pragma once

#include <string_view>
#include <vector>

#include "checkpoints/checkpoint.hpp"
#include "metrics/feature_stage.hpp"

namespace modeseek::metrics {

/// True for a checkpoint whose tensors are named as in torchvision's Inception v3.
bool has_inception(const checkpoints::Checkpoint& checkpoint);

/// True for the tensors that InceptionNetwork reads; not the classifier's.
bool is_inception_tensor(std::string_view name);

/// The Inception v3 of 2015-12-05 that FID is defined by, up to its pooled features, in PyTorch's
/// form: average pooling leaves the padding out and the last block pools by maximum, as pytorch-fid
/// does. Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception Architecture for
/// Computer Vision", CVPR 2016.
class InceptionNetwork {
 public:
  static constexpr std::int64_t side = 299;
  static constexpr std::int64_t features = 2048;

  /// Throws FileError, which names the tensor, for one that is missing or of another shape.
  explicit InceptionNetwork(const checkpoints::Checkpoint& checkpoint);

  /// 2048 features of an image [1,3,299,299] on about [-1, 1].
  std::vector<float> operator()(const Tensor& image);

 private:
  FeatureStage stage_;
  engine::Workspace workspace_;
};

}  // namespace modeseek::metrics
