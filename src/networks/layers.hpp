#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checkpoints/checkpoint.hpp"
#include "engine/graph.hpp"

namespace modeseek::networks {

/// Window of a convolution.
struct Window {
  std::int64_t size = 3;
  std::int64_t stride = 1;
  engine::Padding padding = engine::Padding::all(1);
};

/// Group normalisation as the published networks choose it.
struct NormRule {
  std::int64_t groups = 32;
  /// A group has at least so many channels; fewer groups otherwise.
  std::int64_t min_channels_per_group = 1;
  float epsilon = 1e-5F;

  std::int64_t groups_for(std::int64_t channels) const;
};

/// How one convolution of 3 C rows holds the rows of q, k and v. With C channels, H heads of
/// c = C / H channels, head h and its channel j:
enum class QkvRows {
  interleaved,  ///< row 3 (h c + j) + {0, 1, 2}: EDM
  by_head,      ///< row 3 h c + {0, c, 2 c} + j: guided-diffusion's first order
  by_kind,      ///< row {0, C, 2 C} + h c + j: guided-diffusion's new order
};

/// Appends layers to a graph with the weights of a checkpoint: each method loads the tensors below
/// `name` (weight, bias) and throws FileError, which names the tensor, when one is missing or has
/// another shape than the layer asks for.
class Layers {
 public:
  /// `prefix` precedes every tensor name; `checkpoint` must outlive the object.
  Layers(const checkpoints::Checkpoint& checkpoint, std::string prefix);

  engine::Graph& graph() noexcept { return graph_; }
  std::int64_t channels(engine::Value x) const { return graph_.channels(x); }
  bool contains(const std::string& name) const;
  std::vector<float> floats(const std::string& name, const std::vector<std::int64_t>& shape);
  /// The same when it is called: for the weights of convolutions, which are most of a network.
  std::function<std::vector<float>()> floats_later(const std::string& name,
                                                   const std::vector<std::int64_t>& shape);

  /// 3 x 3 with padding 1 unless `window` says otherwise. `gain` multiplies weights and bias.
  engine::Value conv(const std::string& name, engine::Value x, std::int64_t outputs,
                     engine::Value residual = {}, float gain = 1.0F, const Window& window = {});
  engine::Value conv1x1(const std::string& name, engine::Value x, std::int64_t outputs,
                        engine::Value residual = {}, float gain = 1.0F);
  /// A 2 x 2 convolution of stride 2, as a 1 x 1 convolution of the blocks: oneDNN's VJP of a
  /// strided one rounds otherwise in small maps than in large ones (AVX2), so tiles would show.
  engine::Value conv_of_blocks(const std::string& name, engine::Value x, std::int64_t outputs);
  /// The first `kept` outputs of a 3 x 3 convolution that has `outputs`.
  engine::Value head(const std::string& name, engine::Value x, std::int64_t outputs,
                     std::int64_t kept, engine::Value residual = {});
  engine::Value linear(const std::string& name, engine::Value x, std::int64_t outputs);
  engine::Value group_norm(const std::string& name, engine::Value x, const NormRule& rule,
                           engine::Activation activation, engine::Value scale_shift = {});
  /// Row `label` of the embedding table `name`.weight [classes, width].
  std::vector<float> table_row(const std::string& name, std::int64_t classes, std::int64_t width,
                               std::int64_t label);
  /// Column `label` of the matrix `name`.weight [width, classes]; all zero without a label.
  std::vector<float> matrix_column(const std::string& name, std::int64_t width,
                                   std::int64_t classes, std::optional<std::int64_t> label);

  /// Attention of `x` (already normalised) from one convolution for q, k and v, before its output
  /// projection. `trailing` is the number of axes of length 1 after [3 C, C].
  engine::Value packed_attention(const std::string& name, engine::Value x, std::int64_t heads,
                                 QkvRows rows, std::size_t trailing);
  /// Attention from three linear layers on the channels.
  engine::Value split_attention(const std::string& query, const std::string& key,
                                const std::string& value, engine::Value x, std::int64_t heads);
  /// 1 x 1 convolution whose weight has `trailing` axes of length 1 after [outputs, inputs].
  engine::Value pointwise(const std::string& name, engine::Value x, std::int64_t outputs,
                          std::size_t trailing, engine::Value residual = {});

 private:
  void check_heads(const std::string& name, std::int64_t channels, std::int64_t heads) const;
  engine::Value attend(engine::Value q, engine::Value k, engine::Value v, std::int64_t heads);

  const checkpoints::Checkpoint& checkpoint_;
  std::string prefix_;
  engine::Graph graph_;
};

/// What precedes `anchor` in the name of the tensor that ends with it: "" or "model." or "module.";
/// wrappers of networks add such prefixes. "" when there is no such tensor.
std::string find_prefix(const checkpoints::Checkpoint& checkpoint, const std::string& anchor);

/// exp(-ln(10000) i / denominator) for i < count: frequencies of the sinusoidal embedding of
/// Vaswani et al. 2017 as diffusion models use it.
std::vector<float> sinusoidal_frequencies(std::int64_t count, double denominator);

}  // namespace modeseek::networks
