#include "engine/checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/reference.hpp"

namespace modeseek::engine {
namespace {

std::int64_t output_count(const Graph& graph, std::int64_t height, std::int64_t width) {
  return infer_extents(graph, height, width)[static_cast<std::size_t>(graph.output().index)]
      .count();
}

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// <v, J d> by central differences of the twin, against <J^T v, d>.
void expect_derivative(reference::Twin& twin, std::span<const float> image,
                       std::span<const float> conditioning, std::span<const float> v,
                       std::span<const double> gradient, Random& random) {
  constexpr double step = 1e-5;
  const std::vector<double> weights(v.begin(), v.end());
  std::vector<double> ahead(image.begin(), image.end());
  std::vector<double> behind = ahead;
  std::vector<double> direction;
  for (std::size_t i = 0; i < ahead.size(); ++i) {
    direction.push_back(random.normal());
    ahead[i] += step * direction[i];
    behind[i] -= step * direction[i];
  }
  const double difference = dot(weights, twin.forward(ahead, conditioning)) -
                            dot(weights, twin.forward(behind, conditioning));
  const double size = std::sqrt(dot(gradient, gradient) * dot(direction, direction));
  EXPECT_NEAR(difference / (2 * step), dot(gradient, direction), 1e-6 * size);
}

}  // namespace

std::vector<float> random_vector(Random& random, std::int64_t count, float scale) {
  std::vector<float> values(static_cast<std::size_t>(count));
  random.fill_normal(values);
  for (float& value : values) value *= scale;
  return values;
}

Conv random_conv(Random& random, std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
                 std::int64_t stride, const Padding& padding, bool bias) {
  Conv conv{outputs, inputs, kernel, kernel, stride, padding, {}, {}};
  const std::int64_t fan_in = inputs * kernel * kernel;
  conv.weights.values =
      random_vector(random, outputs * fan_in, 1.0F / std::sqrt(static_cast<float>(fan_in)));
  if (bias) conv.bias = random_vector(random, outputs, 0.5F);
  return conv;
}

Arena::Arena(const Program& program)
    : storage_(program.arena_bytes() + ArenaLayout::alignment, std::byte{0xFF}) {
  const auto address = reinterpret_cast<std::uintptr_t>(storage_.data());
  data_ = storage_.data() + (ArenaLayout::alignment - address % ArenaLayout::alignment);
}

double relative_error(std::span<const float> found, std::span<const double> expected) {
  if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double error = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double d = static_cast<double>(found[i]) - expected[i];
    error += d * d;
  }
  return std::sqrt(error / std::max(dot(expected, expected), 1e-30));
}

void expect_agrees(const Graph& graph, std::int64_t height, std::int64_t width,
                   std::span<const float> conditioning, double tolerance, NumberType type) {
  SCOPED_TRACE(testing::Message() << "size " << height << " x " << width);
  Random random(17);
  const std::int64_t inputs = graph.channels(graph.input()) * height * width;
  const std::vector<float> image = random_vector(random, inputs);
  const std::vector<float> v = random_vector(random, output_count(graph, height, width));

  reference::Twin twin(graph, height, width);
  const std::vector<double> expected = twin.forward(image, conditioning);
  const std::vector<double> expected_gradient = twin.pullback(v);
  expect_derivative(twin, image, conditioning, v, expected_gradient, random);

  const auto model = make_cpu_model(graph, type);
  std::vector<float> result(expected.size());
  const auto denoise = model->compile(height, width, Mode::denoise);
  Arena arena(*denoise);
  denoise->forward(arena.data(), image, conditioning, result);
  EXPECT_LE(relative_error(result, expected), tolerance) << "forward, denoise mode";

  const auto program = model->compile(height, width, Mode::vjp);
  Arena large(*program);
  program->forward(large.data(), image, conditioning, result);
  EXPECT_LE(relative_error(result, expected), tolerance) << "forward, vjp mode";
  std::vector<float> gradient(image.size());
  program->backward(large.data(), std::vector<float>(v.size(), 1.0F), conditioning, gradient);
  program->backward(large.data(), v, conditioning, gradient);
  EXPECT_LE(relative_error(gradient, expected_gradient), tolerance) << "vjp";
}

}  // namespace modeseek::engine
