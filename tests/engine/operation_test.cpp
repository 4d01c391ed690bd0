// Each operation of the engine against its slow twin, forward and VJP, over odd, non-square and
// single-pixel sizes and channel counts that fill no vector register.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/checks.hpp"

namespace modeseek::engine {
namespace {

using Size = std::pair<std::int64_t, std::int64_t>;

/// A graph of one operation on an input of `channels`; `build` returns the result.
struct Case {
  std::string name;
  std::int64_t channels;
  std::vector<Size> sizes;
  std::function<Value(Graph&, Value x, Random&)> build;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const std::vector<Size> any{{1, 1}, {5, 7}, {16, 9}};
const std::vector<Size> even{{2, 2}, {6, 10}, {16, 4}};

Value vector_of(Graph& graph, Random& random, std::int64_t size) {
  return graph.constant(random_vector(random, size, 0.5F));
}

Case conv(std::string name, std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
          std::int64_t stride, Padding padding, std::vector<Size> sizes, bool bias = true) {
  return {"conv_" + std::move(name), inputs, std::move(sizes),
          [=](Graph& g, Value x, Random& random) {
            return g.conv(x, random_conv(random, inputs, outputs, kernel, stride, padding, bias));
          }};
}

Case group_norm(std::string name, std::int64_t channels, std::int64_t groups, bool affine,
                bool modulated, Activation activation) {
  return {"group_norm_" + std::move(name),
          channels,
          {{1, 1}, {5, 7}, {33, 40}},
          [=](Graph& g, Value x, Random& random) {
            GroupNorm norm{groups, 1e-5F, {}, {}, activation};
            if (affine) {
              norm.gamma = random_vector(random, channels);
              norm.beta = random_vector(random, channels);
            }
            return g.group_norm(x, norm, modulated ? vector_of(g, random, 2 * channels) : Value{});
          }};
}

Case attention(std::string name, std::int64_t channels, std::int64_t heads,
               std::vector<Size> sizes) {
  return {"attention_" + std::move(name), channels, std::move(sizes),
          [=](Graph& g, Value x, Random& random) {
            const auto part = [&] {
              return g.conv(x, random_conv(random, channels, channels, 1, 1, {}));
            };
            const Value q = part();
            const Value k = part();
            const Value v = part();
            return g.attention(q, k, v, heads, 0.7F);
          }};
}

std::vector<Case> convolutions() {
  const Padding one = Padding::all(1);
  return {conv("3x3", 3, 5, 3, 1, one, any),
          conv("3x3_16", 16, 32, 3, 1, one, any),
          conv("3x3_no_bias", 24, 20, 3, 1, one, any, false),
          conv("1x1", 7, 33, 1, 1, {}, any),
          conv("3x3_stride_2", 8, 12, 3, 2, one, any),
          conv("3x3_stride_2_after", 8, 12, 3, 2, {0, 0, 1, 1}, {{2, 2}, {8, 6}, {7, 9}}),
          conv("2x2_stride_2", 12, 20, 2, 2, {}, {{2, 2}, {8, 6}, {7, 9}}),
          conv("11x11_stride_4", 3, 8, 11, 4, Padding::all(2), {{7, 9}, {32, 35}}),
          conv("5x5_uneven", 4, 4, 5, 1, {2, 1, 0, 3}, {{5, 7}, {9, 4}}),
          conv("wide_padding", 4, 6, 3, 1, Padding::all(2), any),
          {"conv_residual", 6, any,
           [](Graph& g, Value x, Random& random) {
             const Value h = g.conv(x, random_conv(random, 6, 10, 3, 1, Padding::all(1)));
             const Value r = g.conv(x, random_conv(random, 6, 10, 1, 1, {}));
             return g.conv(h, random_conv(random, 10, 10, 3, 1, Padding::all(1)), r);
           }},
          {"conv_residual_is_input", 6, any, [](Graph& g, Value x, Random& random) {
             return g.conv(x, random_conv(random, 6, 6, 3, 1, Padding::all(1)), x);
           }}};
}

std::vector<Case> norms() {
  const auto none = Activation::none;
  const auto silu = Activation::silu;
  const auto rms = [](Activation a) {
    return [a](Graph& g, Value x, Random&) { return g.rms_norm(x, 1e-6F, a); };
  };
  const auto modulate = [](Activation a) {
    return [a](Graph& g, Value x, Random& random) {
      return g.modulate(x, vector_of(g, random, 2 * g.channels(x)), a);
    };
  };
  return {group_norm("plain", 12, 4, false, false, none),
          group_norm("affine", 12, 4, true, false, none),
          group_norm("affine_silu", 20, 5, true, false, silu),
          group_norm("modulated", 12, 3, false, true, none),
          group_norm("modulated_silu", 64, 8, true, true, silu),
          {"rms", 19, any, rms(none)},
          {"rms_silu", 19, any, rms(silu)},
          {"rms_64", 64, {{33, 40}}, rms(none)},
          {"modulate", 19, any, modulate(none)},
          {"modulate_silu", 19, any, modulate(silu)}};
}

std::vector<Case> simple() {
  const FirFilter four_down{{0.125F, 0.375F, 0.375F, 0.125F}, 1, 1};
  const FirFilter four_up{{0.25F, 0.75F, 0.75F, 0.25F}, 1, 1};
  const FirFilter lopsided{{0.1F, 0.5F, 0.3F}, 2, 1};
  const auto down = [](FirFilter f) {
    return [f](Graph& g, Value x, Random&) { return g.fir_down(x, f); };
  };
  const auto up = [](FirFilter f) {
    return [f](Graph& g, Value x, Random&) { return g.fir_up(x, f); };
  };
  return {
      {"silu", 5, any, [](Graph& g, Value x, Random&) { return g.silu(x); }},
      {"relu", 5, any, [](Graph& g, Value x, Random&) { return g.relu(x); }},
      {"scale", 5, any, [](Graph& g, Value x, Random&) { return g.scale(x, -0.7F); }},
      {"add_itself", 5, any, [](Graph& g, Value x, Random&) { return g.add(x, x); }},
      {"add", 5, any, [](Graph& g, Value x, Random&) { return g.add(g.silu(x), x); }},
      {"add_vector", 5, any,
       [](Graph& g, Value x, Random& r) { return g.add_vector(x, vector_of(g, r, 5)); }},
      {"concat", 5, any,
       [](Graph& g, Value x, Random&) {
         return g.concat({x, g.scale(x, 2.0F), x});
       }},
      {"slice", 7, any,
       [](Graph& g, Value x, Random&) {
         return g.concat({g.slice(x, 4, 2), g.slice(x, 0, 3), g.slice(x, 3, 2)});
       }},
      {"upsample_nearest", 3, any,
       [](Graph& g, Value x, Random&) { return g.upsample_nearest(x); }},
      {"average_pool",
       3,
       {{2, 2}, {6, 10}, {7, 5}},
       [](Graph& g, Value x, Random&) { return g.average_pool(x); }},
      {"fir_down", 5, {{2, 2}, {6, 10}, {7, 5}}, down(four_down)},
      {"fir_down_lopsided", 5, any, down(lopsided)},
      {"fir_up", 5, any, up(four_up)},
      {"fir_up_lopsided", 5, {{2, 2}, {5, 7}}, up(lopsided)},
      {"space_to_depth", 3, even, [](Graph& g, Value x, Random&) { return g.space_to_depth(x); }},
      {"depth_to_space", 12, any, [](Graph& g, Value x, Random&) { return g.depth_to_space(x); }},
      {"sum_of_uses", 8, even, [](Graph& g, Value x, Random& r) {
         // Every kind whose VJP must add to a gradient that another use has already written.
         const Value pooled = g.upsample_nearest(g.average_pool(x));
         const Value shuffled = g.depth_to_space(g.space_to_depth(x));
         const Value normed = g.add(g.group_norm(x, {2, 1e-5F, {}, {}, Activation::silu}),
                                    g.rms_norm(x, 1e-6F, Activation::silu));
         const Value modulated = g.modulate(x, vector_of(g, r, 16), Activation::silu);
         const Value plain = g.add(g.rms_norm(x, 1e-6F), g.modulate(x, vector_of(g, r, 16)));
         const Value simple = g.add(g.silu(x), g.scale(x, 0.5F));
         const Value convolved = g.conv(x, random_conv(r, 8, 8, 3, 1, Padding::all(1)), x);
         Value sum = convolved;
         for (const Value part : {pooled, shuffled, normed, modulated, plain, simple})
           sum = g.add(sum, part);
         return sum;
       }}};
}

std::vector<Case> attentions() {
  return {attention("1_head", 12, 1, {{1, 1}, {3, 5}}),
          attention("3_heads", 12, 3, any),
          attention("blocks", 8, 2, {{17, 19}}),
          {"attention_of_itself", 8, {{3, 4}}, [](Graph& g, Value x, Random&) {
             return g.attention(x, x, x, 2, 0.5F);
           }}};
}

std::vector<Case> pools() {
  const auto pool = [](std::string name, Pool p, std::vector<Size> sizes) {
    return Case{"pool_" + std::move(name), 19, std::move(sizes),
                [p](Graph& g, Value x, Random&) { return g.pool(x, p); }};
  };
  const auto maximum = Pool::Kind::maximum;
  const auto mean = Pool::Kind::mean;
  return {pool("max_2", {maximum, 2, 2, 0}, {{2, 2}, {6, 10}, {7, 5}}),
          pool("max_3_stride_2", {maximum, 3, 2, 0}, {{3, 3}, {6, 10}, {7, 5}}),
          pool("max_3_stride_1_padded", {maximum, 3, 1, 1}, any),
          pool("mean_3_stride_1_padded", {mean, 3, 1, 1}, any),
          pool("mean_3_stride_2", {mean, 3, 2, 1}, any),
          pool("max_with_gaps", {maximum, 2, 3, 0}, {{2, 2}, {6, 10}, {7, 5}}),
          {"pool_sum_of_uses", 8, any, [](Graph& g, Value x, Random&) {
             const Value top = g.pool(x, {Pool::Kind::maximum, 3, 1, 1});
             const Value mean_of = g.pool(x, {Pool::Kind::mean, 3, 1, 1});
             return g.add(g.add(g.relu(x), top), mean_of);
           }}};
}

class OperationTest : public testing::TestWithParam<Case> {};

TEST_P(OperationTest, AgreesWithItsTwin) {
  const Case& c = GetParam();
  Random random(5);
  Graph graph;
  graph.set_output(c.build(graph, graph.input(c.channels), random));
  for (const auto& [height, width] : c.sizes) expect_agrees(graph, height, width);
}

std::string name_of_case(const testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Convolutions, OperationTest, testing::ValuesIn(convolutions()),
                         name_of_case);
INSTANTIATE_TEST_SUITE_P(Norms, OperationTest, testing::ValuesIn(norms()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Pools, OperationTest, testing::ValuesIn(pools()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Simple, OperationTest, testing::ValuesIn(simple()), name_of_case);
INSTANTIATE_TEST_SUITE_P(Attention, OperationTest, testing::ValuesIn(attentions()), name_of_case);

TEST(VectorOperations, AgreeWithTheirTwin) {
  Random random(9);
  Graph g;
  const Value x = g.input(4);
  const Value noise = g.vector_input(1);
  const Value waves = g.embedding(noise, {0.5F, 3.0F, 20.0F}, EmbeddingOrder::cos_sin);
  const Value swapped = g.embedding(noise, {1.5F, 2.0F}, EmbeddingOrder::sin_cos);
  const Value both = g.concat({waves, swapped});
  const Value hidden = g.silu(
      g.linear(both, {37, 10, random_vector(random, 370, 0.3F), random_vector(random, 37, 0.3F)}));
  const Value label = g.scale(g.constant(random_vector(random, 37)), 0.3F);
  const Value mixed = g.slice(g.add(hidden, label), 2, 33);
  const Value e = g.linear(mixed, {8, 33, random_vector(random, 8 * 33, 0.2F), {}});
  g.set_output(g.modulate(x, e, Activation::silu));
  for (const float c : {-1.5F, 0.0F, 0.9F}) expect_agrees(g, 3, 4, std::vector<float>{c});
}

}  // namespace
}  // namespace modeseek::engine
