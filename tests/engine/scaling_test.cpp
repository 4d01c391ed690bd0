// The scaling that a denoiser's preconditioning asks of a program.

#include <gtest/gtest.h>

#include "engine/checks.hpp"
#include "modeseek/error.hpp"

namespace modeseek::engine {
namespace {

/// One convolution from 3 to `outputs` channels: F(x) is linear up to a constant, J^T does not
/// depend on x.
std::unique_ptr<Model> one_conv(std::int64_t outputs) {
  Random random(1);
  Graph g;
  g.set_output(g.conv(g.input(3), random_conv(random, 3, outputs, 3, 1, Padding::all(1))));
  return make_cpu_model(std::move(g));
}

std::vector<float> combined(float a, const std::vector<float>& x, float b,
                            const std::vector<float>& y) {
  std::vector<float> result;
  for (std::size_t i = 0; i < x.size(); ++i) result.push_back(a * x[i] + b * y[i]);
  return result;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected) {
  const std::vector<double> wanted(expected.begin(), expected.end());
  EXPECT_LT(relative_error(found, wanted), 1e-6);
}

TEST(Scaling, IsAppliedOnTheWayInAndOut) {
  const auto model = one_conv(3);
  const auto program = model->compile(6, 9, Mode::vjp);
  Arena arena(*program);
  Random random(2);
  const std::vector<float> x = random_vector(random, 3 * 6 * 9);
  const std::vector<float> v = random_vector(random, 3 * 6 * 9);
  const Scaling scaling{0.7F, -1.3F, 0.4F};

  std::vector<float> plain(x.size());
  program->forward(arena.data(), combined(scaling.in, x, 0, x), {}, plain);
  std::vector<float> plain_gradient(x.size());
  program->backward(arena.data(), v, {}, plain_gradient);

  std::vector<float> found(x.size());
  program->forward(arena.data(), x, {}, found, scaling);
  expect_near(found, combined(scaling.skip, x, scaling.out, plain));
  program->backward(arena.data(), v, {}, found, scaling);
  expect_near(found, combined(scaling.skip, v, scaling.in * scaling.out, plain_gradient));
}

TEST(Scaling, OfAnotherShapeCannotSkip) {
  const auto model = one_conv(5);
  const auto program = model->compile(4, 4, Mode::denoise);
  Arena arena(*program);
  const std::vector<float> x(3 * 4 * 4);
  std::vector<float> result(5 * 4 * 4);
  program->forward(arena.data(), x, {}, result, {2, 2, 0});
  EXPECT_THROW(program->forward(arena.data(), x, {}, result, {1, 1, 1}), InvalidArgument);
}

}  // namespace
}  // namespace modeseek::engine
