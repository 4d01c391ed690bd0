// Whole graphs, and refusals that name the operation and the axis.

#include "engine/graph.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/threads.hpp"
#include "engine/checks.hpp"
#include "engine/unet.hpp"
#include "modeseek/error.hpp"

namespace modeseek::engine {
namespace {

TEST(Graph, UnetAgreesWithItsTwin) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Graph graph = random_unet(seed);
    for (const auto& [height, width] : {std::pair{4, 4}, std::pair{8, 20}, std::pair{28, 12}})
      expect_agrees(graph, height, width, std::vector<float>{0.3F}, 1e-4);
  }
}

class GraphOf : public testing::TestWithParam<NumberType> {
 protected:
  void SetUp() override {
    if (GetParam() == NumberType::bfloat16 && !cpu_has_bfloat16())
      GTEST_SKIP() << "no instructions for bfloat16";
  }
};

TEST_P(GraphOf, ResultDoesNotDependOnTheThreads) {
  const Graph graph = random_unet(4);
  Random random(5);
  const std::vector<float> image = random_vector(random, std::int64_t{3} * 92 * 100);
  const std::vector<float> v = random_vector(random, std::int64_t{3} * 92 * 100);
  const std::vector<float> noise{-0.2F};
  const auto run = [&](int count) {
    set_threads(count);
    const auto model = make_cpu_model(graph, GetParam());
    const auto program = model->compile(92, 100, Mode::vjp);
    Arena arena(*program);
    std::vector<float> result(image.size());
    std::vector<float> gradient(image.size());
    program->forward(arena.data(), image, noise, result);
    program->backward(arena.data(), v, noise, gradient);
    result.insert(result.end(), gradient.begin(), gradient.end());
    return result;
  };
  const std::vector<float> one = run(1);
  EXPECT_EQ(one, run(2));
  EXPECT_EQ(one, run(3));
  set_threads(0);
}

INSTANTIATE_TEST_SUITE_P(Types, GraphOf,
                         testing::Values(NumberType::float32, NumberType::bfloat16));

TEST(Graph, ProgramsOfOneModelShareIt) {
  const Graph graph = random_unet(6);
  Random random(7);
  const auto model = make_cpu_model(graph);
  const std::vector<float> noise{0.1F};
  const std::vector<float> small = random_vector(random, 3 * 8 * 8);
  const auto first = model->compile(8, 8, Mode::denoise);
  const auto second = model->compile(16, 12, Mode::vjp);
  Arena a(*first);
  Arena b(*second);
  std::vector<float> before(small.size());
  std::vector<float> after(small.size());
  first->forward(a.data(), small, noise, before);
  std::vector<float> large(std::size_t{3} * 16 * 12);
  second->forward(b.data(), random_vector(random, 3 * 16 * 12), noise, large);
  second->backward(b.data(), large, noise, large);
  first->forward(a.data(), small, noise, after);
  EXPECT_EQ(before, after);
  EXPECT_GT(second->weight_bytes(), first->weight_bytes());
}

/// The backward phase may run again, also when it computes activations anew.
TEST(Graph, SavingMemoryChangesNoBit) {
  for (const NumberType type : {NumberType::float32, NumberType::bfloat16}) {
    if (type == NumberType::bfloat16 && !cpu_has_bfloat16()) continue;
    const auto model = make_cpu_model(random_unet(8), type);
    Random random(9);
    const std::vector<float> image = random_vector(random, std::int64_t{3} * 28 * 12);
    const std::vector<float> v = random_vector(random, std::int64_t{3} * 28 * 12);
    const std::vector<float> noise{0.4F};
    const auto run = [&](const Saving& saving) {
      const auto program = model->compile(28, 12, Mode::vjp, saving);
      Arena arena(*program);
      std::vector<float> result(image.size());
      std::vector<float> gradient(image.size());
      program->forward(arena.data(), image, noise, result);
      program->backward(arena.data(), image, noise, gradient);
      program->backward(arena.data(), v, noise, gradient);
      result.insert(result.end(), gradient.begin(), gradient.end());
      return result;
    };
    const std::vector<float> expected = run({});
    for (const std::int32_t segments : {1, 2, 3, 7, 100})
      for (const bool transposes_anew : {false, true})
        EXPECT_EQ(run({segments, transposes_anew}), expected) << segments << transposes_anew;
  }
}

/// A graph of one convolution, with its weights' own size unless told otherwise.
Graph loading(const Conv& conv, int& calls, std::int64_t missing = 0) {
  Conv deferred = conv;
  deferred.weights.load = [values = conv.weights.values, missing, &calls] {
    ++calls;
    return std::vector<float>(values.begin(), values.end() - missing);
  };
  deferred.weights.values.clear();
  Graph g;
  g.set_output(g.conv(g.input(conv.inputs), deferred));
  return g;
}

TEST(Graph, LoadsWeightsOnceWhenTheyAreWanted) {
  Random random(11);
  const Conv conv = random_conv(random, 5, 7, 3, 1, Padding::all(1));
  Graph plain;
  plain.set_output(plain.conv(plain.input(5), conv));
  const std::vector<float> image = random_vector(random, 5 * 6 * 4);
  const std::vector<float> v = random_vector(random, 7 * 6 * 4);
  const auto run = [&](Model& model) {
    const auto program = model.compile(6, 4, Mode::vjp);
    Arena arena(*program);
    std::vector<float> result(v.size());
    std::vector<float> gradient(image.size());
    program->forward(arena.data(), image, {}, result);
    program->backward(arena.data(), v, {}, gradient);
    result.insert(result.end(), gradient.begin(), gradient.end());
    return result;
  };
  int calls = 0;
  const auto model = make_cpu_model(loading(conv, calls));
  const std::vector<float> result = run(*model);
  EXPECT_EQ(result, run(*make_cpu_model(plain)));
  EXPECT_EQ(run(*model), result);
  EXPECT_EQ(calls, 1);
  EXPECT_THROW(run(*make_cpu_model(loading(conv, calls, 1))), Error);
}

TEST(Graph, TransposedWeightsGoWithTheirPrograms) {
  Random random(10);
  Graph g;
  const Value h = g.conv(g.input(16), random_conv(random, 16, 32, 3, 1, Padding::all(1)));
  g.set_output(g.conv(h, random_conv(random, 32, 16, 3, 1, Padding::all(1))));
  const std::uint64_t one_form = 2 * 16 * 32 * 9 * sizeof(float);
  const auto model = make_cpu_model(std::move(g));
  const std::vector<float> image = random_vector(random, std::int64_t{16} * 6 * 5);
  const auto run = [&](Program& program) {
    Arena arena(program);
    std::vector<float> result(image.size());
    program.forward(arena.data(), image, {}, result);
    program.backward(arena.data(), image, {}, result);
  };
  const auto saves = model->compile(6, 5, Mode::vjp, {.transposes_anew = true});
  auto keeps = model->compile(6, 5, Mode::vjp);
  EXPECT_EQ(saves->missing_weight_bytes(), one_form);
  EXPECT_EQ(keeps->missing_weight_bytes(), 2 * one_form);
  run(*saves);
  EXPECT_EQ(saves->missing_weight_bytes(), 0);
  EXPECT_EQ(keeps->missing_weight_bytes(), one_form);
  run(*keeps);
  EXPECT_EQ(keeps->missing_weight_bytes(), 0);
  keeps = model->compile(6, 5, Mode::vjp);
  EXPECT_EQ(keeps->missing_weight_bytes(), 0) << "shared with the program that ran";
  keeps.reset();
  keeps = model->compile(6, 5, Mode::vjp);
  EXPECT_EQ(keeps->missing_weight_bytes(), one_form);
}

TEST(Graph, CountsWork) {
  Random random(8);
  Graph g;
  const Value x = g.input(4);
  const Value h = g.conv(x, random_conv(random, 4, 6, 3, 1, Padding::all(1)));
  g.set_output(g.attention(h, h, h, 2, 1.0F));
  EXPECT_EQ(parameter_count(g), 4 * 6 * 9 + 6);
  EXPECT_EQ(multiply_adds(g, 5, 7), 35.0 * (4 * 6 * 9) + 2.0 * 35 * 35 * 6);
}

/// The message of the InvalidArgument that `body` throws.
template <class Body>
std::string refusal(const Body& body) {
  try {
    body();
  } catch (const InvalidArgument& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Refusals, NameTheOperationAndTheAxis) {
  Random random(9);
  Graph g;
  const Value x = g.input(6);
  const Value e = g.constant({1.0F, 2.0F});
  g.set_label("enc.0.conv1");
  const auto conv = [&](std::int64_t inputs) { return random_conv(random, inputs, 8, 3, 1, {}); };
  EXPECT_EQ(refusal([&] { g.conv(x, conv(5)); }),
            "conv 'enc.0.conv1': input channels: expected 5, found 6");
  EXPECT_EQ(refusal([&] { g.conv(e, conv(2)); }),
            "conv 'enc.0.conv1': input 1: expected a feature map, found a vector");
  EXPECT_EQ(refusal([&] {
              Conv short_of_weights = conv(6);
              short_of_weights.weights.values.pop_back();
              g.conv(x, short_of_weights);
            }),
            "conv 'enc.0.conv1': weights: expected 432, found 431");
  EXPECT_EQ(refusal([&] { g.conv(x, conv(6), x); }),
            "conv 'enc.0.conv1': channels of the residual: expected 8, found 6");
  EXPECT_EQ(refusal([&] {
              g.group_norm(x, {4, 1e-5F, {}, {}, Activation::none});
            }),
            "group norm 'enc.0.conv1': channels: expected a multiple of 4 groups, found 6");
  EXPECT_EQ(refusal([&] { g.modulate(x, e); }),
            "modulate 'enc.0.conv1': scale and shift: expected 12, found 2");
  EXPECT_EQ(refusal([&] { g.add_vector(x, e); }),
            "add vector 'enc.0.conv1': channels: expected 6, found 2");
  EXPECT_EQ(refusal([&] { g.add(x, e); }),
            "add 'enc.0.conv1': inputs: expected all maps or all vectors");
  EXPECT_EQ(refusal([&] { g.slice(x, 4, 3); }),
            "slice 'enc.0.conv1': number of channels: expected 1 to 2, found 3");
  EXPECT_EQ(refusal([&] { g.attention(x, x, x, 4, 1.0F); }),
            "attention 'enc.0.conv1': channels: expected a multiple of 4 heads, found 6");
  EXPECT_EQ(refusal([&] { g.depth_to_space(x); }),
            "depth to space 'enc.0.conv1': channels: expected a multiple of 4, found 6");
  EXPECT_EQ(refusal([&] {
              g.linear(e, {1, 3, {1, 2, 3}, {}});
            }),
            "linear 'enc.0.conv1': input size: expected 3, found 2");
  EXPECT_EQ(refusal([&] { g.silu({}); }),
            "SiLU 'enc.0.conv1': an input is not a value of this graph");
  EXPECT_EQ(refusal([&] { g.input(3); }), "network: expected one input, found a second");
  EXPECT_EQ(refusal([&] { g.set_output(e); }),
            "network output: expected a feature map of this graph");
}

TEST(Refusals, OfSizesNameTheOperationAndTheAxis) {
  Random random(10);
  Graph g;
  const Value x = g.input(1);
  g.set_label("patch");
  const Value deep = g.space_to_depth(x);
  g.set_label("wide");
  g.set_output(g.conv(deep, random_conv(random, 4, 4, 5, 1, {})));
  EXPECT_EQ(refusal([&] { Plan(g, 11, 12, Mode::denoise); }),
            "space to depth 'patch': rows: expected an even number, found 11");
  EXPECT_EQ(refusal([&] { Plan(g, 12, 6, Mode::denoise); }),
            "conv 'wide': columns: 3 with padding 0 are fewer than the kernel's 5");
  EXPECT_EQ(refusal([&] { Plan(g, 0, 6, Mode::denoise); }),
            "network input: rows: expected 1 to 16777216, found 0");
}

TEST(Refusals, OfUnusableGraphs) {
  Graph empty;
  EXPECT_THROW(Plan(empty, 4, 4, Mode::denoise), InvalidArgument);
  Graph without_output;
  without_output.input(3);
  EXPECT_THROW(Plan(without_output, 4, 4, Mode::denoise), InvalidArgument);
}

TEST(Refusals, OfWrongLengths) {
  const auto model = make_cpu_model(random_unet(1));
  const auto program = model->compile(8, 8, Mode::denoise);
  Arena arena(*program);
  std::vector<float> image(3 * 64);
  std::vector<float> small(3 * 63);
  const std::vector<float> noise{0.1F};
  EXPECT_THROW(program->forward(arena.data(), small, noise, image), InvalidArgument);
  EXPECT_THROW(program->forward(arena.data(), image, noise, small), InvalidArgument);
  EXPECT_THROW(program->forward(arena.data(), image, {}, image), InvalidArgument);
  EXPECT_THROW(program->backward(arena.data(), image, noise, image), InvalidArgument);
}

}  // namespace
}  // namespace modeseek::engine
