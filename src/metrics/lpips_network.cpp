#include "metrics/lpips_network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "metrics/colour.hpp"
#include "modeseek/error.hpp"
#include "networks/layers.hpp"

namespace modeseek::metrics {
namespace {

using engine::Padding;
using engine::Pool;
using networks::Window;

/// A convolution and the ReLU after it; `index` is its place in torchvision's `features`.
struct Layer {
  int index;
  std::int64_t outputs;
  Window window;
};

/// What lies between two results that are compared.
struct StageDesign {
  std::optional<Pool> pool;
  std::vector<Layer> layers;
};

struct Backbone {
  std::string family;
  std::string anchor;  ///< a tensor that only this one has
  std::vector<StageDesign> stages;
};

/// Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014.
Backbone alexnet() {
  const Pool pool{Pool::Kind::maximum, 3, 2, 0};
  return {"lpips-alex",
          "net.slice2.3.weight",
          {{std::nullopt, {{0, 64, {11, 4, Padding::all(2)}}}},
           {pool, {{3, 192, {5, 1, Padding::all(2)}}}},
           {pool, {{6, 384, {}}}},
           {std::nullopt, {{8, 256, {}}}},
           {std::nullopt, {{10, 256, {}}}}}};
}

/// Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition",
/// 2015, with 16 layers.
Backbone vgg16() {
  const Pool pool{Pool::Kind::maximum, 2, 2, 0};
  return {"lpips-vgg",
          "net.slice1.2.weight",
          {{std::nullopt, {{0, 64, {}}, {2, 64, {}}}},
           {pool, {{5, 128, {}}, {7, 128, {}}}},
           {pool, {{10, 256, {}}, {12, 256, {}}, {14, 256, {}}}},
           {pool, {{17, 512, {}}, {19, 512, {}}, {21, 512, {}}}},
           {pool, {{24, 512, {}}, {26, 512, {}}, {28, 512, {}}}}}};
}

std::optional<Backbone> find_backbone(const checkpoints::Checkpoint& checkpoint) {
  if (!checkpoint.contains("lin0.model.1.weight")) return std::nullopt;
  for (Backbone& backbone : std::array{alexnet(), vgg16()}) {
    if (checkpoint.contains(backbone.anchor)) return std::move(backbone);
  }
  throw FileError(checkpoint.path,
                  "holds LPIPS weights of an unknown network; expected AlexNet or VGG16");
}

engine::Graph build_stage(const checkpoints::Checkpoint& checkpoint, const StageDesign& design,
                          std::size_t number, std::int64_t channels) {
  networks::Layers layers(checkpoint, "net.slice" + std::to_string(number) + ".");
  engine::Graph& graph = layers.graph();
  graph.set_label("slice" + std::to_string(number));
  engine::Value x = graph.input(channels);
  if (design.pool) x = graph.pool(x, *design.pool);
  for (const Layer& layer : design.layers) {
    const std::string name = std::to_string(layer.index);
    x = graph.relu(layers.conv(name, x, layer.outputs, {}, 1.0F, layer.window));
  }
  graph.set_output(x);
  return std::move(graph);
}

/// The scaling layer: ImageNet's mean and standard deviation on the [-1, 1] scale.
Tensor scaled(Tensor rgb) {
  constexpr std::array<float, 3> shift{-0.030F, -0.088F, -0.188F};
  constexpr std::array<float, 3> scale{0.458F, 0.448F, 0.450F};
  for (std::size_t c = 0; c < 3; ++c) {
    for (float& value : rgb.plane(0, static_cast<std::int64_t>(c))) {
      value = (value - shift[c]) / scale[c];
    }
  }
  return rgb;
}

/// 1 / (norm over the channels + 1e-10), pixel by pixel.
std::vector<double> inverse_norms(const Tensor& features) {
  constexpr double kEpsilon = 1e-10;
  std::vector<double> inverse(static_cast<std::size_t>(features.shape().plane()), 0.0);
  for (std::int64_t c = 0; c < features.shape().c; ++c) {
    const auto plane = features.plane(0, c);
    for (std::size_t i = 0; i < inverse.size(); ++i) {
      inverse[i] += static_cast<double>(plane[i]) * static_cast<double>(plane[i]);
    }
  }
  for (double& value : inverse) value = 1 / (std::sqrt(value) + kEpsilon);
  return inverse;
}

/// Weighted squared difference of the normalised features, mean over the pixels.
double stage_distance(const Tensor& a, const Tensor& b, const std::vector<float>& head) {
  const std::vector<double> inverse_a = inverse_norms(a);
  const std::vector<double> inverse_b = inverse_norms(b);
  double sum = 0;
  for (std::size_t c = 0; c < head.size(); ++c) {
    const auto plane_a = a.plane(0, static_cast<std::int64_t>(c));
    const auto plane_b = b.plane(0, static_cast<std::int64_t>(c));
    double squares = 0;
    for (std::size_t i = 0; i < plane_a.size(); ++i) {
      const double d = static_cast<double>(plane_a[i]) * inverse_a[i] -
                       static_cast<double>(plane_b[i]) * inverse_b[i];
      squares += d * d;
    }
    sum += static_cast<double>(head[c]) * squares;
  }
  return sum / static_cast<double>(a.shape().plane());
}

}  // namespace

std::string lpips_family(const checkpoints::Checkpoint& checkpoint) {
  const auto backbone = find_backbone(checkpoint);
  return backbone ? backbone->family : std::string();
}

bool is_lpips_tensor(std::string_view name) {
  return name.starts_with("net.slice") || (name.starts_with("lin") && !name.starts_with("lins."));
}

LpipsNetwork::LpipsNetwork(const checkpoints::Checkpoint& checkpoint) {
  const auto backbone = find_backbone(checkpoint);
  if (!backbone) {
    throw FileError(checkpoint.path,
                    "holds no LPIPS weights: expected tensors 'net.slice1.0.weight' and "
                    "'lin0.model.1.weight', as in the lpips package's state dict");
  }
  std::int64_t channels = 3;
  for (const StageDesign& design : backbone->stages) {
    const std::size_t number = stages_.size();
    engine::Graph graph = build_stage(checkpoint, design, number + 1, channels);
    channels = design.layers.back().outputs;
    std::vector<float> head =
        checkpoint.floats("lin" + std::to_string(number) + ".model.1.weight", {1, channels, 1, 1});
    stages_.push_back({FeatureStage(std::move(graph)), std::move(head)});
  }
}

void LpipsNetwork::check(const Shape& shape) const {
  require_rgb_or_grey(shape, "LPIPS");
  try {
    Shape extent = shape;
    for (const Stage& stage : stages_) extent = stage.features.result_shape(extent);
  } catch (const InvalidArgument& error) {
    throw InvalidArgument("LPIPS: " + to_string(shape) + " is too small: " + error.what());
  }
}

std::uint64_t LpipsNetwork::memory_bytes(const Shape& shape) {
  check(shape);
  std::uint64_t weights = 0;
  std::uint64_t largest = 0;
  Shape extent{1, 3, shape.h, shape.w};
  for (Stage& stage : stages_) {
    const Shape result = stage.features.result_shape(extent);
    // Of each picture, what enters the stage and what leaves it.
    const auto maps = static_cast<std::uint64_t>(extent.count() + result.count());
    weights += stage.features.weight_bytes(extent);
    largest = std::max(largest, stage.features.workspace_bytes(extent) + 2 * sizeof(float) * maps);
    extent = result;
  }
  return weights + largest;
}

double LpipsNetwork::distance(const Tensor& a, const Tensor& b) {
  Tensor features_a = scaled(a);
  Tensor features_b = scaled(b);
  double sum = 0;
  for (Stage& stage : stages_) {
    features_a = stage.features(features_a, workspace_);
    features_b = stage.features(features_b, workspace_);
    sum += stage_distance(features_a, features_b, stage.head);
  }
  return sum;
}

}  // namespace modeseek::metrics
