#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace modeseek::engine {

/// Handle of a value of a Graph: the index of the operation that makes it.
struct Value {
  std::int32_t index = -1;
  bool valid() const noexcept { return index >= 0; }
  bool operator==(const Value&) const = default;
};

/// What follows a normalisation or modulation in the same pass over memory.
enum class Activation { none, silu };

/// Zero padding of a feature map, in pixels.
struct Padding {
  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t bottom = 0;
  std::int64_t right = 0;

  static Padding all(std::int64_t pixels) { return {pixels, pixels, pixels, pixels}; }
};

// Descriptions of the operations: what, not how. Graph documents their meaning.

/// The feature map that the network is applied to.
struct Input {
  std::int64_t channels = 0;
};

/// A vector that changes from run to run (the noise level's coordinate, say).
struct VectorInput {
  std::int64_t size = 0;
};

/// A vector that never changes (the embedding of a class, say).
struct ConstantVector {
  std::vector<float> values;
};

/// Order of the halves of a sinusoidal embedding.
enum class EmbeddingOrder { cos_sin, sin_cos };

/// [cos(f c), sin(f c)] of a scalar c, or the halves swapped.
struct Embedding {
  std::vector<float> frequencies;
  EmbeddingOrder order = EmbeddingOrder::cos_sin;
};

/// y = W x + b on vectors.
struct Linear {
  std::int64_t outputs = 0;
  std::int64_t inputs = 0;
  std::vector<float> weights;  ///< [outputs, inputs]
  std::vector<float> bias;     ///< [outputs] or empty
};

/// The weights of a convolution, [outputs, inputs, kernel_h, kernel_w]: numbers, or what makes them
/// when they are wanted, so that a network of gigabytes is never in memory twice.
struct ConvWeights {
  std::vector<float> values;
  std::function<std::vector<float>()> load;  ///< when there are no values
};

/// Convolution (cross-correlation, as in PyTorch) with zero padding.
struct Conv {
  std::int64_t outputs = 0;
  std::int64_t inputs = 0;
  std::int64_t kernel_h = 1;
  std::int64_t kernel_w = 1;
  std::int64_t stride = 1;  ///< 1 to 4, both axes
  Padding padding;
  ConvWeights weights;
  std::vector<float> bias;  ///< [outputs] or empty

  std::int64_t weight_count() const { return outputs * inputs * kernel_h * kernel_w; }
};

/// Group normalisation over the pixels and the channels of each group (Wu and He 2018).
struct GroupNorm {
  std::int64_t groups = 1;
  float epsilon = 1e-5F;
  std::vector<float> gamma;  ///< [channels] or empty (all one)
  std::vector<float> beta;   ///< [channels] or empty (all zero)
  Activation activation = Activation::none;
};

/// x / sqrt(mean over channels of x^2 + epsilon), pixel by pixel.
struct RmsNorm {
  float epsilon = 1e-6F;
  Activation activation = Activation::none;
};

/// x (1 + scale) + shift, channel by channel.
struct Modulate {
  Activation activation = Activation::none;
};

/// x + v, channel by channel.
struct AddVector {};

struct Silu {};
struct Relu {};
struct Add {};

struct Scale {
  float factor = 1.0F;
};

struct Concat {};

struct Slice {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Separable filter of a resampling by 2 along both axes; gain included in the taps.
struct FirFilter {
  std::vector<float> taps;
  std::int64_t pad_before = 0;
  std::int64_t pad_after = 0;
};

/// y[i] = sum_k taps[k] x[2 i + k - pad_before], per axis, x zero outside.
struct FirDown {
  FirFilter filter;
};

/// y[j] = sum_i taps[j + pad_before - 2 i] x[i], per axis: the transpose of FirDown.
struct FirUp {
  FirFilter filter;
};

/// Largest value or mean of each window; pixels outside the map do not count.
struct Pool {
  enum class Kind { maximum, mean };
  Kind kind = Kind::maximum;
  std::int64_t size = 2;     ///< rows and columns of a window
  std::int64_t stride = 2;   ///< both axes
  std::int64_t padding = 0;  ///< on all sides, smaller than the window
};

struct SpaceToDepth {};
struct DepthToSpace {};

/// softmax(scale q k^T) v over all pixels, head by head.
struct Attention {
  std::int64_t heads = 1;
  float scale = 1.0F;
};

using OperationKind =
    std::variant<Input, VectorInput, ConstantVector, Embedding, Linear, Conv, GroupNorm, RmsNorm,
                 Modulate, AddVector, Silu, Add, Scale, Concat, Slice, FirDown, FirUp, SpaceToDepth,
                 DepthToSpace, Attention, Relu, Pool>;

/// "conv", "group norm", ...
const char* name_of(const OperationKind& kind);

/// Extent of a value. A vector has `is_vector` and its size in `channels`. Rows and columns of a
/// feature map are `unknown` until the plan knows the size of the input.
struct Extent {
  static constexpr std::int64_t unknown = -1;

  std::int64_t channels = 0;
  std::int64_t height = unknown;
  std::int64_t width = unknown;
  bool is_vector = false;

  bool operator==(const Extent&) const = default;
  std::int64_t pixels() const { return is_vector ? 1 : height * width; }
  std::int64_t count() const { return channels * pixels(); }
};

/// Whether a convolution must hold its weights: a backend may have moved them out of the graph.
enum class Weights { required, may_have_moved };

/// The one place that knows which inputs an operation takes and what it makes of them. Rows and
/// columns are checked where they are known. Throws InvalidArgument: "conv 'stem': input channels:
/// expected 12, found 3" (`label` names the operation).
Extent infer_extent(const OperationKind& kind, std::span<const Extent> inputs,
                    const std::string& label, Weights weights = Weights::required);

/// One entry of a graph.
struct Operation {
  OperationKind kind;
  std::vector<Value> inputs;
  std::string label;  ///< for messages
  Extent extent;      ///< rows and columns unknown
};

}  // namespace modeseek::engine
