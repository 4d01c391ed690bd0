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

engine::Program& FeatureStage::program_for(const Shape& image) {
  if (!program_ || height_ != image.h || width_ != image.w) {
    program_.reset();
    program_ = model_->compile(image.h, image.w, engine::Mode::denoise);
    height_ = image.h;
    width_ = image.w;
  }
  return *program_;
}

std::uint64_t FeatureStage::weight_bytes(const Shape& image) {
  return program_for(image).weight_bytes();
}

std::uint64_t FeatureStage::workspace_bytes(const Shape& image) {
  return program_for(image).arena_bytes();
}

Tensor FeatureStage::operator()(const Tensor& image, engine::Workspace& workspace) {
  engine::Program& program = program_for(image.shape());
  Tensor result(result_shape(image.shape()));
  program.forward(workspace.reserve(program.arena_bytes()), image.values(), {}, result.values());
  return result;
}

}  // namespace modeseek::metrics
