#pragma once

#include <cstdint>
#include <memory>

#include "engine/engine.hpp"
#include "engine/workspace.hpp"
#include "modeseek/tensor.hpp"

namespace modeseek::metrics {

/// A network, or a part of one, that makes feature maps of images on the host. What it needs for
/// the last size is kept. Not thread-safe.
class FeatureStage {
 public:
  explicit FeatureStage(engine::Graph graph);

  /// Extent of the features of an image of this one. Throws InvalidArgument when it does not fit.
  Shape result_shape(const Shape& image) const;
  /// What an image of this extent takes for weights and activations, the images on the host apart.
  /// Throws as result_shape.
  std::uint64_t weight_bytes(const Shape& image);
  std::uint64_t workspace_bytes(const Shape& image);
  /// [1,C,H,W] to [1,C',H',W']. Throws as result_shape, and OutOfMemory.
  Tensor operator()(const Tensor& image, engine::Workspace& workspace);

 private:
  engine::Program& program_for(const Shape& image);

  std::unique_ptr<engine::Model> model_;
  std::unique_ptr<engine::Program> program_;
  std::int64_t height_ = 0;  ///< that the program is made for
  std::int64_t width_ = 0;
};

}  // namespace modeseek::metrics
