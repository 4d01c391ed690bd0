#include "networks/natural.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "networks/config.hpp"
#include "networks/layers.hpp"
#include "networks/limits.hpp"
#include "networks/merged_config.hpp"

namespace modeseek::networks {
namespace {

using engine::Activation;
using engine::Value;

constexpr float rms_epsilon = 1e-6F;

struct NaturalConfig {
  std::int64_t channels;
  std::int64_t patch;  ///< 2: 2 x 2 pixels are folded into channels; 1: not folded
  std::vector<std::int64_t> widths;
  std::vector<std::int64_t> encoder_blocks;
  std::vector<std::int64_t> decoder_blocks;
  std::int64_t middle_blocks;
  std::int64_t embedding;
  std::int64_t fourier;
  double sigma_data;
  NoiseRange range;

  std::size_t levels() const { return widths.size() - 1; }
};

NaturalConfig read_config(const Config& config) {
  config.integer("version", {1, 1});
  NaturalConfig c;
  c.patch = config.integer("patch", {1, 2});
  c.channels = config.integer("channels", {1, 64});
  c.widths = config.integers("widths", {1, 4096}, 9);
  if (c.widths.size() < 2) config.fail("widths", "at least 2 entries");
  c.encoder_blocks = config.integers("encoder_blocks", {0, limits::blocks}, c.levels());
  c.decoder_blocks = config.integers("decoder_blocks", {0, limits::blocks}, c.levels());
  for (const auto& [name, blocks] : {std::pair{"encoder_blocks", &c.encoder_blocks},
                                     std::pair{"decoder_blocks", &c.decoder_blocks}})
    if (blocks->size() != c.levels())
      config.fail(name, fmt::format("{} entries, one less than widths", c.levels()));
  c.middle_blocks = config.integer("middle_blocks", {0, limits::blocks});
  c.embedding = config.integer("embedding", {1, 4096});
  c.fourier = config.integer("fourier", {1, 4096});
  c.sigma_data = config.number("sigma_data", {1e-3, 1e3});
  c.range.min = static_cast<float>(config.number("sigma_min", {1e-6, 1e6}, 0.002));
  c.range.max = static_cast<float>(config.number("sigma_max", {1e-6, 1e6}, 80.0));
  if (c.range.min >= c.range.max) config.fail("sigma_max", "more than sigma_min");
  return c;
}

/// Appends the network's parts; tensor names as in training/network.py.
class Builder {
 public:
  Builder(const checkpoints::Checkpoint& checkpoint, const NaturalConfig& config)
      : config_(config), layers_(checkpoint, "") {}

  engine::Graph build() {
    engine::Graph& g = layers_.graph();
    const Value image = g.input(config_.channels);
    embed(g.vector_input(1));
    const bool folded = config_.patch == 2;
    Value h = layers_.conv("stem", folded ? g.space_to_depth(image) : image, config_.widths[0]);
    std::vector<Value> skips;
    for (std::size_t level = 0; level < config_.levels(); ++level) {
      h = blocks(h, fmt::format("enc.{}", level), config_.encoder_blocks[level]);
      skips.push_back(h);
      h = layers_.conv_of_blocks(fmt::format("down.{}", level), h, config_.widths[level + 1]);
    }
    h = blocks(h, "mid", config_.middle_blocks);
    for (std::size_t level = config_.levels(); level-- > 0;) {
      const std::string up = fmt::format("up.{}", level);
      h = g.depth_to_space(layers_.conv1x1(up, h, 4 * config_.widths[level]));
      h = g.add(h, skips[level]);
      h = blocks(h, fmt::format("dec.{}", level), config_.decoder_blocks[level]);
    }
    h = g.rms_norm(h, rms_epsilon, Activation::silu);
    h = layers_.conv("head", h, config_.patch * config_.patch * config_.channels);
    g.set_output(folded ? g.depth_to_space(h) : h);
    return std::move(g);
  }

 private:
  void embed(Value noise) {
    engine::Graph& g = layers_.graph();
    const Value waves = g.embedding(noise, layers_.floats("embed.frequencies", {config_.fourier}),
                                    engine::EmbeddingOrder::cos_sin);
    const Value hidden = g.silu(layers_.linear("embed.linear1", waves, config_.embedding));
    embedding_ = g.silu(layers_.linear("embed.linear2", hidden, config_.embedding));
  }

  Value blocks(Value h, const std::string& name, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) h = block(h, fmt::format("{}.{}", name, i));
    return h;
  }

  Value block(Value x, const std::string& name) {
    engine::Graph& g = layers_.graph();
    const std::int64_t width = layers_.channels(x);
    const Value scale_shift = layers_.linear(name + ".emb", embedding_, 2 * width);
    const Value h = layers_.conv(name + ".conv1", g.rms_norm(x, rms_epsilon), width);
    return layers_.conv(name + ".conv2", g.modulate(h, scale_shift, Activation::silu), width, x);
  }

  const NaturalConfig& config_;
  Layers layers_;
  Value embedding_;
};

}  // namespace

Network build_natural(const checkpoints::Checkpoint& checkpoint, const NetworkOptions& options) {
  checked_label(options.class_label, 0);
  const Config values =
      merged_config(checkpoint, options, "widths", [] { return nlohmann::json::object(); });
  const NaturalConfig config = read_config(values);
  Network network;
  network.graph = Builder(checkpoint, config).build();
  network.preconditioning = edm_preconditioning(config.sigma_data, config.range);
  network.config = values.values();
  network.channels = config.channels;
  network.size_multiple = config.patch << config.levels();
  return network;
}

}  // namespace modeseek::networks
