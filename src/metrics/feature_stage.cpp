#include "metrics/feature_stage.hpp"

#include <utility>

namespace modeseek::metrics {

FeatureStage::FeatureStage(engine::Graph graph)
    : model_(engine::make_cpu_model(std::move(graph))) {}

Shape FeatureStage::result_shape(const Shape& image) const {
  const engine::Graph& graph = model_->graph();
  const auto extents = engine::infer_extents(graph, image.h, image.w);
  const engine::Extent& result = extents[static_cast<std::size_t>(graph.output().index)];
  return {1, result.channels, result.height, result.width};
}

Tensor FeatureStage::operator()(const Tensor& image) {
  const Shape& shape = image.shape();
  Tensor result(result_shape(shape));
  if (!program_ || height_ != shape.h || width_ != shape.w) {
    program_.reset();
    program_ = model_->compile(shape.h, shape.w, engine::Mode::denoise);
    height_ = shape.h;
    width_ = shape.w;
  }
  program_->forward(workspace_.reserve(program_->arena_bytes()), image.values(), {},
                    result.values());
  return result;
}

}  // namespace modeseek::metrics
