#include "engine/unet.hpp"

#include "engine/checks.hpp"

namespace modeseek::engine {
namespace {

class Builder {
 public:
  explicit Builder(std::uint64_t seed) : random_(seed) {}

  Graph build() {
    const Value image = g_.input(3);
    const Value noise = g_.vector_input(1);
    const Value waves = g_.embedding(noise, {0.5F, 2.0F, 7.0F}, EmbeddingOrder::sin_cos);
    embedding_ = g_.silu(linear(g_.concat({waves, g_.constant({0.1F, -0.4F})}), 24));

    Value h = conv(g_.space_to_depth(image), 12, 3);
    const Value first = block(h);
    const Value second = local_block(g_.conv(first, down()));
    Value low = attention(block(second));
    low = g_.add_vector(low, linear(embedding_, 20));
    h = conv(g_.concat({low, second}), 20, 1);
    h = conv(g_.fir_up(h, {{0.25F, 0.75F, 0.75F, 0.25F}, 1, 1}), 12, 3);
    h = g_.scale(block(g_.add(h, first)), 0.7F);
    const Value pooled = g_.upsample_nearest(g_.average_pool(h));
    const Value filtered = g_.upsample_nearest(g_.fir_down(h, {{0.2F, 0.5F, 0.3F, 0.1F}, 1, 1}));
    h = g_.concat({g_.slice(h, 0, 8), g_.slice(g_.add(pooled, filtered), 4, 8)});
    h = g_.rms_norm(h, 1e-6F, Activation::silu);
    g_.set_output(g_.depth_to_space(conv(h, 12, 3)));
    return std::move(g_);
  }

 private:
  Value conv(Value x, std::int64_t outputs, std::int64_t kernel, Value residual = {}) {
    const Padding padding = Padding::all(kernel / 2);
    return g_.conv(x, random_conv(random_, g_.channels(x), outputs, kernel, 1, padding), residual);
  }

  Conv down() { return random_conv(random_, 12, 20, 2, 2, {}); }

  Value linear(Value x, std::int64_t outputs) {
    const std::int64_t inputs = g_.channels(x);
    return g_.linear(x, {outputs, inputs, random_vector(random_, outputs * inputs, 0.2F),
                         random_vector(random_, outputs, 0.2F)});
  }

  /// Group norms, scale-shift, residual: the block of ADM and EDM.
  Value block(Value x) {
    const std::int64_t width = g_.channels(x);
    GroupNorm norm{4, 1e-5F, random_vector(random_, width), random_vector(random_, width),
                   Activation::silu};
    const Value h = conv(g_.group_norm(x, norm), width, 3);
    const Value modulation = linear(embedding_, 2 * width);
    return conv(g_.group_norm(h, {2, 1e-5F, {}, {}, Activation::silu}, modulation), width, 3, x);
  }

  /// RMS norm and modulation: the block of the natural family.
  Value local_block(Value x) {
    const std::int64_t width = g_.channels(x);
    const Value h = conv(g_.rms_norm(x, 1e-6F), width, 3);
    const Value modulation = linear(embedding_, 2 * width);
    return conv(g_.modulate(h, modulation, Activation::silu), width, 3, x);
  }

  Value attention(Value x) {
    const std::int64_t width = g_.channels(x);
    const Value n = g_.group_norm(x, {4, 1e-5F, {}, {}, Activation::none});
    const Value qkv = conv(n, 3 * width, 1);
    const auto part = [&](std::int64_t i) { return g_.slice(qkv, i * width, width); };
    return conv(g_.silu(g_.attention(part(0), part(1), part(2), 2, 0.4F)), width, 1, x);
  }

  Random random_;
  Graph g_;
  Value embedding_;
};

}  // namespace

Graph random_unet(std::uint64_t seed) { return Builder(seed).build(); }

}  // namespace modeseek::engine
