#include "metrics/inception_network.hpp"

#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "networks/layers.hpp"

namespace modeseek::metrics {
namespace {

using engine::Padding;
using engine::Pool;
using engine::Value;

/// Kernel of a convolution, padded so that stride 1 keeps the size unless it is `bare`.
struct Kernel {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t stride = 1;
  bool bare = false;

  Padding padding() const {
    if (bare) return {};
    return {rows / 2, columns / 2, rows / 2, columns / 2};
  }
};

constexpr Kernel k1{};
constexpr Kernel k3{3, 3};
constexpr Kernel k5{5, 5};
constexpr Kernel wide3{1, 3};
constexpr Kernel high3{3, 1};
constexpr Kernel wide7{1, 7};
constexpr Kernel high7{7, 1};
constexpr Kernel bare3{3, 3, 1, true};
constexpr Kernel halving{3, 3, 2, true};

/// Builds the graph; each method is a layer or block of torchvision's inception.py.
class Builder {
 public:
  explicit Builder(const checkpoints::Checkpoint& checkpoint)
      : path_(checkpoint.path), layers_(checkpoint, "") {}

  engine::Graph run() {
    Value x = graph().input(3);
    x = conv("Conv2d_1a_3x3", x, 32, halving);
    x = conv("Conv2d_2a_3x3", x, 32, bare3);
    x = conv("Conv2d_2b_3x3", x, 64, k3);
    x = reduce(x);
    x = conv("Conv2d_3b_1x1", x, 80, k1);
    x = conv("Conv2d_4a_3x3", x, 192, bare3);
    x = reduce(x);
    x = block_a("Mixed_5b.", x, 32);
    x = block_a("Mixed_5c.", x, 64);
    x = block_a("Mixed_5d.", x, 64);
    x = block_b("Mixed_6a.", x);
    x = block_c("Mixed_6b.", x, 128);
    x = block_c("Mixed_6c.", x, 160);
    x = block_c("Mixed_6d.", x, 160);
    x = block_c("Mixed_6e.", x, 192);
    x = block_d("Mixed_7a.", x);
    x = block_e("Mixed_7b.", x, Pool::Kind::mean);
    x = block_e("Mixed_7c.", x, Pool::Kind::maximum);
    graph().set_output(x);
    return std::move(graph());
  }

 private:
  engine::Graph& graph() { return layers_.graph(); }

  Value reduce(Value x) { return graph().pool(x, {Pool::Kind::maximum, 3, 2, 0}); }
  Value smooth(Value x, Pool::Kind kind) { return graph().pool(x, {kind, 3, 1, 1}); }

  /// Convolution, batch normalisation (folded into it) and ReLU.
  Value conv(const std::string& name, Value x, std::int64_t outputs, const Kernel& kernel) {
    engine::Conv conv;
    conv.outputs = outputs;
    conv.inputs = layers_.channels(x);
    conv.kernel_h = kernel.rows;
    conv.kernel_w = kernel.columns;
    conv.stride = kernel.stride;
    conv.padding = kernel.padding();
    conv.weights.values =
        layers_.floats(name + ".conv.weight", {outputs, conv.inputs, kernel.rows, kernel.columns});
    fold_norm(name + ".bn.", conv);
    graph().set_label(name);
    return graph().relu(graph().conv(x, std::move(conv)));
  }

  void fold_norm(const std::string& name, engine::Conv& conv) {
    constexpr double kEpsilon = 1e-3;
    const std::vector<float> gain = layers_.floats(name + "weight", {conv.outputs});
    const std::vector<float> mean = layers_.floats(name + "running_mean", {conv.outputs});
    const std::vector<float> variance = layers_.floats(name + "running_var", {conv.outputs});
    conv.bias = layers_.floats(name + "bias", {conv.outputs});
    std::vector<float>& weights = conv.weights.values;
    const std::size_t row = weights.size() / gain.size();
    for (std::size_t o = 0; o < gain.size(); ++o) {
      if (!(variance[o] >= 0)) {
        throw FileError(path_, "tensor '" + name + "running_var' holds a negative variance");
      }
      const double factor =
          static_cast<double>(gain[o]) / std::sqrt(static_cast<double>(variance[o]) + kEpsilon);
      for (std::size_t i = o * row; i < (o + 1) * row; ++i) {
        weights[i] = static_cast<float>(factor * static_cast<double>(weights[i]));
      }
      conv.bias[o] = static_cast<float>(static_cast<double>(conv.bias[o]) -
                                        factor * static_cast<double>(mean[o]));
    }
  }

  Value block_a(const std::string& name, Value x, std::int64_t pooled) {
    const Value one = conv(name + "branch1x1", x, 64, k1);
    Value five = conv(name + "branch5x5_1", x, 48, k1);
    five = conv(name + "branch5x5_2", five, 64, k5);
    Value three = conv(name + "branch3x3dbl_1", x, 64, k1);
    three = conv(name + "branch3x3dbl_2", three, 96, k3);
    three = conv(name + "branch3x3dbl_3", three, 96, k3);
    const Value pool = conv(name + "branch_pool", smooth(x, Pool::Kind::mean), pooled, k1);
    return graph().concat({one, five, three, pool});
  }

  Value block_b(const std::string& name, Value x) {
    const Value three = conv(name + "branch3x3", x, 384, halving);
    Value twice = conv(name + "branch3x3dbl_1", x, 64, k1);
    twice = conv(name + "branch3x3dbl_2", twice, 96, k3);
    twice = conv(name + "branch3x3dbl_3", twice, 96, halving);
    return graph().concat({three, twice, reduce(x)});
  }

  Value block_c(const std::string& name, Value x, std::int64_t inner) {
    const Value one = conv(name + "branch1x1", x, 192, k1);
    Value seven = conv(name + "branch7x7_1", x, inner, k1);
    seven = conv(name + "branch7x7_2", seven, inner, wide7);
    seven = conv(name + "branch7x7_3", seven, 192, high7);
    Value twice = conv(name + "branch7x7dbl_1", x, inner, k1);
    twice = conv(name + "branch7x7dbl_2", twice, inner, high7);
    twice = conv(name + "branch7x7dbl_3", twice, inner, wide7);
    twice = conv(name + "branch7x7dbl_4", twice, inner, high7);
    twice = conv(name + "branch7x7dbl_5", twice, 192, wide7);
    const Value pool = conv(name + "branch_pool", smooth(x, Pool::Kind::mean), 192, k1);
    return graph().concat({one, seven, twice, pool});
  }

  Value block_d(const std::string& name, Value x) {
    Value three = conv(name + "branch3x3_1", x, 192, k1);
    three = conv(name + "branch3x3_2", three, 320, halving);
    Value seven = conv(name + "branch7x7x3_1", x, 192, k1);
    seven = conv(name + "branch7x7x3_2", seven, 192, wide7);
    seven = conv(name + "branch7x7x3_3", seven, 192, high7);
    seven = conv(name + "branch7x7x3_4", seven, 192, halving);
    return graph().concat({three, seven, reduce(x)});
  }

  Value block_e(const std::string& name, Value x, Pool::Kind kind) {
    const Value one = conv(name + "branch1x1", x, 320, k1);
    const Value three = conv(name + "branch3x3_1", x, 384, k1);
    const Value three_a = conv(name + "branch3x3_2a", three, 384, wide3);
    const Value three_b = conv(name + "branch3x3_2b", three, 384, high3);
    Value twice = conv(name + "branch3x3dbl_1", x, 448, k1);
    twice = conv(name + "branch3x3dbl_2", twice, 384, k3);
    const Value twice_a = conv(name + "branch3x3dbl_3a", twice, 384, wide3);
    const Value twice_b = conv(name + "branch3x3dbl_3b", twice, 384, high3);
    const Value pool = conv(name + "branch_pool", smooth(x, kind), 192, k1);
    return graph().concat({one, three_a, three_b, twice_a, twice_b, pool});
  }

  std::string path_;
  networks::Layers layers_;
};

engine::Graph build(const checkpoints::Checkpoint& checkpoint) {
  if (!has_inception(checkpoint)) {
    throw FileError(checkpoint.path,
                    "holds no Inception weights: expected tensors such as "
                    "'Mixed_7c.branch_pool.conv.weight', as in pytorch-fid's weights");
  }
  return Builder(checkpoint).run();
}

}  // namespace

bool has_inception(const checkpoints::Checkpoint& checkpoint) {
  return checkpoint.contains("Mixed_7c.branch_pool.conv.weight");
}

bool is_inception_tensor(std::string_view name) {
  return (name.starts_with("Conv2d_") || name.starts_with("Mixed_")) &&
         !name.ends_with("num_batches_tracked");
}

InceptionNetwork::InceptionNetwork(const checkpoints::Checkpoint& checkpoint)
    : stage_(build(checkpoint)) {}

std::vector<float> InceptionNetwork::operator()(const Tensor& image) {
  const Tensor maps = stage_(image, workspace_);
  std::vector<float> means;
  for (std::int64_t c = 0; c < maps.shape().c; ++c) {
    const auto plane = maps.plane(0, c);
    const double sum = std::accumulate(plane.begin(), plane.end(), 0.0);
    means.push_back(static_cast<float>(sum / static_cast<double>(plane.size())));
  }
  return means;
}

}  // namespace modeseek::metrics
