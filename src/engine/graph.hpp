#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "engine/operation.hpp"

namespace modeseek::engine {

/// A network as a single-assignment list of operations on symbolic values; says what is computed,
/// nothing about memory or hardware. A value is either a feature map of one sample (channels,
/// rows, columns; the size is derived from the input's when a plan is made) or a vector
/// (noise-level embeddings; they must not depend on the feature maps). Fusion is declared here
/// (residual of a convolution, activation of a normalisation), not searched for.
///
/// Every method appends one operation and returns its value; all throw InvalidArgument when the
/// kinds (map or vector), channels or parameters do not fit, with a message that names the
/// operation and the axis. A default-constructed Value stands for "none" where a parameter is
/// optional.
class Graph {
 public:
  /// Label of the operations that follow, for messages ("enc.0.1.conv1").
  void set_label(std::string label) { label_ = std::move(label); }

  /// The feature map that the network is applied to; exactly one in a graph.
  Value input(std::int64_t channels);
  /// A vector given at run time; at most one in a graph. Size 1 for a noise-level coordinate.
  Value vector_input(std::int64_t size);
  Value constant(std::vector<float> values);

  /// [cos(f c), sin(f c)] for each frequency f and the scalar c (a vector of size 1).
  Value embedding(Value scalar, std::vector<float> frequencies, EmbeddingOrder order);
  /// W x + b on a vector.
  Value linear(Value x, Linear linear);

  /// Convolution; `residual`, of the output's extent, is added inside the same pass.
  Value conv(Value x, Conv conv, Value residual = {});
  /// act(n (1 + scale) + shift), n = gamma (x - mean) / sqrt(var + eps) + beta; `scale_shift` is
  /// none or a vector of 2 C entries, all scales first.
  Value group_norm(Value x, GroupNorm norm, Value scale_shift = {});
  /// act(x / sqrt(mean_c x^2 + eps)), pixel by pixel.
  Value rms_norm(Value x, float epsilon, Activation activation = Activation::none);
  /// act(x (1 + scale) + shift); `scale_shift` is a vector of 2 C entries, all scales first.
  Value modulate(Value x, Value scale_shift, Activation activation = Activation::none);
  /// x + v for a vector v of C entries.
  Value add_vector(Value x, Value v);

  /// x sigmoid(x), on maps and vectors.
  Value silu(Value x);
  /// max(x, 0), on maps.
  Value relu(Value x);
  /// a + b, on maps and vectors.
  Value add(Value a, Value b);
  /// factor x, on maps and vectors.
  Value scale(Value x, float factor);
  /// Along channels, on maps and vectors.
  Value concat(std::span<const Value> parts);
  Value concat(std::initializer_list<Value> parts) {
    return concat(std::span<const Value>(parts.begin(), parts.size()));
  }
  /// Channels first .. first + count - 1, on maps and vectors.
  Value slice(Value x, std::int64_t first, std::int64_t count);

  /// Each pixel becomes 2 x 2 equal pixels.
  Value upsample_nearest(Value x);
  /// Mean of each 2 x 2 block; an odd last row or column is dropped.
  Value average_pool(Value x);
  /// Largest value or mean of the pixels of each window that lie inside the map;
  /// (n + 2 padding - size) / stride + 1 outputs. PyTorch: max_pool2d, and avg_pool2d with
  /// count_include_pad=False. In the VJP of equal largest values each takes the whole gradient.
  Value pool(Value x, Pool pool);
  /// y[i] = sum_k taps[k] x[2 i + k - pad_before] along both axes (zeros outside);
  /// (n + pad_before + pad_after - taps) / 2 + 1 outputs. PyTorch: conv2d(stride=2) with the outer
  /// product of the taps, one group a channel.
  Value fir_down(Value x, FirFilter filter);
  /// y[j] = sum_i taps[j + pad_before - 2 i] x[i] along both axes; 2 (n - 1) + taps - pad_before -
  /// pad_after outputs. PyTorch: conv_transpose2d(stride=2). The taps include the gain (sum 2 a
  /// axis for unit gain).
  Value fir_up(Value x, FirFilter filter);
  /// PyTorch pixel_unshuffle(2): channel 4 c + 2 dy + dx of the output.
  Value space_to_depth(Value x);
  /// PyTorch pixel_shuffle(2), the inverse.
  Value depth_to_space(Value x);

  /// Self-attention over all pixels: softmax(scale q k^T) v. Channel h (C / heads) + j is component
  /// j of head h in q, k, v and in the result. Networks that interleave q, k and v in one
  /// convolution permute that convolution's rows (or make three convolutions).
  Value attention(Value q, Value k, Value v, std::int64_t heads, float scale);

  /// The feature map that is the network's result.
  void set_output(Value output);

  const std::vector<Operation>& operations() const noexcept { return operations_; }
  Value output() const noexcept { return output_; }
  Value input() const noexcept { return input_; }
  /// The value of vector_input, or none.
  Value vector_input() const noexcept { return vector_input_; }
  std::int64_t channels(Value v) const;
  /// Moves the weights out of a convolution, for a backend that keeps them in layouts of its own.
  /// Throws InvalidArgument when `v` is no convolution.
  ConvWeights take_conv_weights(Value v);

 private:
  Value append(OperationKind kind, std::vector<Value> inputs);

  std::vector<Operation> operations_;
  std::string label_;
  Value input_;
  Value vector_input_;
  Value output_;
};

/// Extents of all values for an input of this size. Throws InvalidArgument that names the operation
/// and the axis when the size does not fit (an odd number of rows before space_to_depth, say).
std::vector<Extent> infer_extents(const Graph& graph, std::int64_t height, std::int64_t width);

/// Multiply-adds of the convolutions, linear layers and attention products for one input.
double multiply_adds(const Graph& graph, std::int64_t height, std::int64_t width);

/// Numbers that the graph holds as weights (of convolutions, norms, linear layers, constants).
std::int64_t parameter_count(const Graph& graph);

}  // namespace modeseek::engine
