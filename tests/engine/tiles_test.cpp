// Windows: what they cover, and that a network seen through them is the network.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <tuple>

#include "engine/checks.hpp"
#include "engine/receptive_field.hpp"
#include "engine/size_rounding.hpp"
#include "engine/tiled_program.hpp"
#include "engine/unet.hpp"
#include "modeseek/error.hpp"

namespace modeseek::engine {
namespace {

TEST(Windows, AnswerForEveryPositionOnceFarFromTheirEnds) {
  for (const auto& [length, size, halo] :
       {std::tuple{100, 40, 8}, std::tuple{64, 64, 40}, std::tuple{200, 48, 16},
        std::tuple{8, 16, 2}, std::tuple{97, 41, 20}}) {
    const Windows windows(length, size, halo);
    std::int64_t next = 0;
    for (const Windows::Window& w : windows.all()) {
      EXPECT_EQ(w.begin, next);
      EXPECT_GT(w.end, w.begin);
      EXPECT_GE(w.start, 0);
      EXPECT_LE(w.start + windows.size(), length);
      if (w.start > 0) {
        EXPECT_GE(w.begin - w.start, halo);
      }
      if (w.start + windows.size() < length) {
        EXPECT_GE(w.start + windows.size() - w.end, halo);
      }
      next = w.end;
    }
    EXPECT_EQ(next, length);
  }
}

TEST(Windows, WeightsOfABlendSumToOne) {
  const Windows windows(150, 44, 10);
  std::vector<double> sum(150);
  for (std::size_t i = 0; i < windows.all().size(); ++i) {
    const std::vector<float> weights = windows.blend(i);
    for (std::size_t at = 0; at < weights.size(); ++at)
      sum[static_cast<std::size_t>(windows.all()[i].start) + at] +=
          static_cast<double>(weights[at]);
  }
  for (const double s : sum) EXPECT_NEAR(s, 1.0, 1e-6);
}

TEST(Windows, RefuseMarginsThatLeaveNothing) {
  EXPECT_THROW(Windows(100, 20, 10), InvalidArgument);
}

/// Every local operation but a strided convolution, over three scales; sizes must be multiples
/// of 4.
Graph local_network(std::uint64_t seed) {
  Random random(seed);
  Graph g;
  const auto conv = [&](Value x, std::int64_t outputs, std::int64_t kernel, Value residual = {}) {
    return g.conv(x,
                  random_conv(random, g.channels(x), outputs, kernel, 1, Padding::all(kernel / 2)),
                  residual);
  };
  const Value image = g.input(3);
  const Value h = conv(g.space_to_depth(image), 16, 3);
  Value low = conv(g.space_to_depth(h), 24, 1);
  low = conv(g.rms_norm(low, 1e-6F), 24, 3, low);
  low = g.silu(conv(low, 64, 1));
  Value y = g.add(g.depth_to_space(low), h);
  const Value pooled = g.fir_down(y, {{0.1F, 0.4F, 0.4F, 0.1F}, 1, 1});
  y = g.add(y, g.fir_up(pooled, {{0.25F, 0.75F, 0.75F, 0.25F}, 1, 1}));
  y = conv(g.rms_norm(y, 1e-6F, Activation::silu), 12, 3);
  g.set_output(g.depth_to_space(y));
  return g;
}

std::int64_t count(std::int64_t height, std::int64_t width) { return 3 * height * width; }

/// The value and the gradient of a program.
struct Result {
  std::vector<float> value;
  std::vector<float> gradient;
};

Result run(Program& program, const std::vector<float>& image, const std::vector<float>& v,
           std::span<const float> conditioning = {}) {
  Arena arena(program);
  Result result{std::vector<float>(image.size()), std::vector<float>(image.size())};
  program.forward(arena.data(), image, conditioning, result.value);
  program.backward(arena.data(), v, conditioning, result.gradient);
  return result;
}

/// The farthest pixel of the input that changes one of the output.
std::int64_t measured_radius(Model& model, std::int64_t side) {
  const auto program = model.compile(side, side, Mode::vjp);
  std::int64_t farthest = 0;
  Random random(3);
  const auto image = random_vector(random, count(side, side));
  for (std::int64_t place = side / 2; place < side / 2 + 4; ++place) {
    std::vector<float> v(image.size());
    v[static_cast<std::size_t>(place * side + place)] = 1;
    const auto gradient = run(*program, image, v).gradient;
    for (std::int64_t i = 0; i < count(side, side); ++i)
      if (gradient[static_cast<std::size_t>(i)] != 0)
        farthest =
            std::max({farthest, std::abs(i % side - place), std::abs(i / side % side - place)});
  }
  return farthest;
}

TEST(ReceptiveField, IsWhatTheGradientReaches) {
  const Graph graph = local_network(1);
  const auto model = make_cpu_model(graph);
  const std::int64_t measured = measured_radius(*model, 64);
  ASSERT_TRUE(receptive_radius(graph).has_value());
  EXPECT_GE(*receptive_radius(graph), measured);
  EXPECT_LE(*receptive_radius(graph), measured + 4);
}

TEST(ReceptiveField, IsTheWholeMapWithANormOrAttention) {
  EXPECT_FALSE(receptive_radius(random_unet(1)).has_value());
}

double difference(const std::vector<float>& found, const std::vector<float>& expected) {
  return relative_error(found, std::vector<double>(expected.begin(), expected.end()));
}

class Tiled : public testing::TestWithParam<NumberType> {
 protected:
  void SetUp() override {
    if (GetParam() == NumberType::bfloat16 && !cpu_has_bfloat16())
      GTEST_SKIP() << "no instructions for bfloat16";
  }
};

TEST_P(Tiled, LocalNetworkIsTheSame) {
  const Graph graph = local_network(2);
  const std::int64_t radius = receptive_radius(graph).value();
  const auto model = make_cpu_model(graph, GetParam());
  Random random(4);
  for (const auto& [height, width, tiles] :
       {std::tuple{96, 132, 2}, std::tuple{320, 360, 4}, std::tuple{200, 8, 3}}) {
    const auto image = random_vector(random, count(height, width));
    const auto v = random_vector(random, count(height, width));
    const TileGrid grid = tile_grid(height, width, TileGrid::Joint::exact, radius, 4, tiles);
    const auto tiled = compile_tiled(*model, height, width, Mode::vjp, grid);
    const Result expected = run(*model->compile(height, width, Mode::vjp), image, v);
    const Result found = run(*tiled, image, v);
    EXPECT_LE(difference(found.value, expected.value), size_rounding) << height << " x " << width;
    EXPECT_LE(difference(found.gradient, expected.gradient), size_rounding)
        << height << " x " << width;
    if (height * width > 20000) {
      EXPECT_LT(tiled->arena_bytes(), model->compile(height, width, Mode::vjp)->arena_bytes());
    }
  }
}

/// <v, F(x + h d) - F(x - h d)> / 2h = |g| for g = J^T v and d = g / |g|, of the blended function
/// itself. Along a random d instead <g, d> would be as small as the error that is allowed.
TEST(Blended, GradientIsThatOfTheBlend) {
  const auto model = make_cpu_model(random_unet(5));
  const std::int64_t height = 48;
  const std::int64_t width = 64;
  const TileGrid grid = tile_grid(height, width, TileGrid::Joint::blended, 8, 4, 4);
  ASSERT_GT(grid.forward_rows.all().size() * grid.forward_columns.all().size(), 3U);
  const auto program = compile_tiled(*model, height, width, Mode::vjp, grid);
  Random random(6);
  const std::vector<float> conditioning{0.3F};
  const auto image = random_vector(random, count(height, width));
  const auto v = random_vector(random, count(height, width));
  const auto dot = [](const std::vector<float>& a, const std::vector<float>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  };
  const std::vector<float> gradient = run(*program, image, v, conditioning).gradient;
  const double slope = std::sqrt(dot(gradient, gradient));
  const auto at = [&](double distance) {
    const auto factor = static_cast<float>(distance / slope);
    std::vector<float> moved = image;
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += factor * gradient[i];
    return dot(v, run(*program, moved, v, conditioning).value);
  };
  constexpr double step = 0.1;
  EXPECT_NEAR((at(step) - at(-step)) / (2 * step), slope, 0.01 * slope);
}

INSTANTIATE_TEST_SUITE_P(Types, Tiled, testing::Values(NumberType::float32, NumberType::bfloat16));

}  // namespace
}  // namespace modeseek::engine
