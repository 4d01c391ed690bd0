// bfloat16 against the float32 twin: only rounding may differ. A bfloat16 number has 8 significant
// bits, so that rounding it once is a relative error of 2^-9 at most and 2^-9 / sqrt(3) = 0.0011 in
// the root mean square. One convolution rounds its input, its weights and its result: errors of
// independent sign add up to 0.002. A network of n such layers, each of which keeps the size of its
// input's error, comes to 0.002 sqrt(n); norms and residual sums round as well.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "engine/checks.hpp"
#include "engine/map_types.hpp"
#include "engine/unet.hpp"
#include "modeseek/error.hpp"

namespace modeseek::engine {
namespace {

constexpr double one_layer = 0.004;
/// Some 30 roundings in a row on the longest path of random_unet; backward they follow those of the
/// activations.
constexpr double unet = 0.02;

class Bfloat16 : public testing::Test {
 protected:
  void SetUp() override {
    if (!cpu_has_bfloat16()) GTEST_SKIP() << "this processor has no instructions for bfloat16";
  }
  Random random{5};
};

TEST_F(Bfloat16, ConvolutionsAgreeWithTheTwinUpToRounding) {
  for (const std::int64_t channels : {3, 16, 37})
    for (const std::int64_t kernel : {1, 3}) {
      Graph g;
      const Conv conv = random_conv(random, channels, 21, kernel, 1, Padding::all(kernel / 2));
      g.set_output(g.conv(g.input(channels), conv));
      expect_agrees(g, 7, 13, {}, one_layer, NumberType::bfloat16);
    }
}

TEST_F(Bfloat16, StridedConvolutionsAgreeWithTheTwinUpToRounding) {
  Graph g;
  const Value x = g.conv(g.input(16), random_conv(random, 16, 24, 2, 2, {}));
  g.set_output(g.conv(x, random_conv(random, 24, 8, 3, 2, Padding{0, 0, 1, 1})));
  expect_agrees(g, 12, 20, {}, 2 * one_layer, NumberType::bfloat16);
}

/// Three layers: what q, k and v are made of, the weights, the sum. 323 pixels are two blocks.
TEST_F(Bfloat16, AttentionAgreesWithTheTwinUpToRounding) {
  Graph g;
  const Value x = g.input(12);
  const auto part = [&] { return g.conv(x, random_conv(random, 12, 16, 1, 1, {})); };
  const Value q = part();
  const Value k = part();
  g.set_output(g.attention(q, k, part(), 2, 0.4F));
  for (const auto& [height, width] : {std::pair{17, 19}, std::pair{3, 5}})
    expect_agrees(g, height, width, {}, 3 * one_layer, NumberType::bfloat16);
}

/// Normalisation over the whole map before and after attention, as in the published UNets. Five
/// layers in a row forward, and those again backward, whose errors add up as independent ones do.
/// Gains are near 1: attention to large keys amplifies their rounding. 672 pixels are three blocks
/// of attention and two chunks of the statistics.
TEST_F(Bfloat16, GroupNormAroundAttentionAgreesWithTheTwinUpToRounding) {
  Graph g;
  const auto pointwise = [&](Value x, Value residual = {}) {
    return g.conv(x, random_conv(random, 16, 16, 1, 1, {}), residual);
  };
  const auto norm = [&](Value x, Activation activation) {
    std::vector<float> gains = random_vector(random, 16, 0.2F);
    for (float& gain : gains) gain += 1.0F;
    return g.group_norm(x, {4, 1e-5F, gains, random_vector(random, 16, 0.2F), activation});
  };
  const Value x = g.conv(g.input(3), random_conv(random, 3, 16, 3, 1, Padding::all(1)));
  const Value n = norm(x, Activation::none);
  const Value q = pointwise(n);
  const Value k = pointwise(n);
  const Value y = pointwise(g.attention(q, k, pointwise(n), 2, 0.25F), x);
  const Value last = norm(y, Activation::silu);
  g.set_output(g.conv(last, random_conv(random, 16, 3, 3, 1, Padding::all(1))));
  for (const auto& [height, width] : {std::pair{24, 28}, std::pair{5, 9}})
    expect_agrees(g, height, width, {}, std::sqrt(10.0) * one_layer, NumberType::bfloat16);
}

/// Convolutions of normalised maps that predict an image at half its size and then at all of it:
/// the last one adds to the enlarged first (NCSN++).
Graph with_predictions(Random& random) {
  Graph g;
  const auto conv = [&](Value x, std::int64_t outputs, Value residual = {}) {
    const Conv same = random_conv(random, g.channels(x), outputs, 3, 1, Padding::all(1));
    return g.conv(x, same, residual);
  };
  const auto predict = [&](Value x, Value residual = {}) {
    return conv(g.group_norm(x, {4, 1e-5F, {}, {}, Activation::silu}), 3, residual);
  };
  const Value h = conv(g.input(3), 8);
  const Value low = g.average_pool(h);
  const Value image = g.upsample_nearest(predict(low));
  g.set_output(predict(g.add(g.upsample_nearest(low), h), image));
  return g;
}

/// As deep as two layers; the predictions are float32.
TEST_F(Bfloat16, PredictionsThatAddUpAgreeWithTheTwinUpToRounding) {
  const Graph graph = with_predictions(random);
  for (const auto& [height, width] : {std::pair{8, 12}, std::pair{20, 28}})
    expect_agrees(graph, height, width, {}, 2 * one_layer, NumberType::bfloat16);
}

TEST_F(Bfloat16, NetworkAgreesWithTheTwinUpToRounding) {
  const Graph graph = random_unet(3);
  for (const auto& [height, width] : {std::pair{8, 12}, std::pair{20, 28}, std::pair{4, 36}})
    expect_agrees(graph, height, width, std::vector<float>{0.3F}, unet, NumberType::bfloat16);
}

TEST_F(Bfloat16, HalvesTheMemory) {
  Graph graph;
  Value h = graph.input(8);
  for (int i = 0; i < 4; ++i)
    h = graph.silu(graph.conv(h, random_conv(random, 8, 8, 3, 1, Padding::all(1))));
  graph.set_output(h);
  const auto bytes = [&](NumberType type) {
    return static_cast<double>(
        make_cpu_model(graph, type)->compile(64, 64, Mode::vjp)->arena_bytes());
  };
  EXPECT_LT(bytes(NumberType::bfloat16), 0.51 * bytes(NumberType::float32));
}

/// Convolution, normalisation, convolution, rearrangement.
Graph with_last_layer(Random& random, bool norm_used_twice) {
  Graph g;
  const Value h = g.conv(g.input(4), random_conv(random, 4, 8, 3, 1, Padding::all(1)));
  const Value n = g.rms_norm(h, 1e-6F, Activation::silu);
  Value y = g.conv(n, random_conv(random, 8, 8, 3, 1, Padding::all(1)));
  if (norm_used_twice) y = g.add(y, n);
  g.set_output(g.depth_to_space(y));
  return g;
}

TEST(MapTypes, TheLastLayerIsFloat32) {
  Random random(6);
  const auto types = map_types(with_last_layer(random, false), NumberType::bfloat16);
  const auto wide = NumberType::float32;
  const auto narrow = NumberType::bfloat16;
  EXPECT_EQ(types, (std::vector<NumberType>{narrow, narrow, wide, wide, wide}));
}

/// Input, features, half of them, the prediction there, enlarged; features, the last prediction.
TEST(MapTypes, WhatTheLastLayerAddsToIsFloat32) {
  Random random(6);
  const auto types = map_types(with_predictions(random), NumberType::bfloat16);
  const auto wide = NumberType::float32;
  const auto narrow = NumberType::bfloat16;
  EXPECT_EQ(types, (std::vector<NumberType>{narrow, narrow, narrow, wide, wide, wide, narrow,
                                            narrow, wide, wide}));
}

/// The last convolution adds to features, which others read.
TEST(MapTypes, FeaturesStayNarrowWhenTheLastLayerAddsToThem) {
  Random random(6);
  Graph g;
  const Value h = g.conv(g.input(4), random_conv(random, 4, 8, 3, 1, Padding::all(1)));
  const Value n = g.rms_norm(h, 1e-6F);
  g.set_output(g.conv(n, random_conv(random, 8, 8, 3, 1, Padding::all(1)), h));
  EXPECT_EQ(map_types(g, NumberType::bfloat16),
            std::vector<NumberType>(g.operations().size(), NumberType::bfloat16));
}

TEST(MapTypes, AnOperationNeverMeetsTwoTypes) {
  Random random(6);
  const auto types = map_types(with_last_layer(random, true), NumberType::bfloat16);
  EXPECT_EQ(types, std::vector<NumberType>(types.size(), NumberType::bfloat16));
}

TEST(MapTypes, Float32IsFloat32Throughout) {
  const Graph graph = random_unet(1);
  for (const NumberType type : map_types(graph, NumberType::float32))
    EXPECT_EQ(type, NumberType::float32);
}

}  // namespace
}  // namespace modeseek::engine
