#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "solvers/adam.hpp"
#include "solvers/peer_problem.hpp"
#include "solvers/sample_noise.hpp"
#include "solvers/schedule.hpp"

/// The methods that are not linear even under a Gaussian prior, written out number by number.
namespace modeseek {
namespace {

using namespace testing_support;

constexpr double kVariance = 0.3;

double shrinkage(double s) { return kVariance / (kVariance + s * s); }

double entry(const Tensor& x, std::size_t i) { return static_cast<double>(x.values()[i]); }

/// x += factor * y
void add(std::vector<double>& x, double factor, const Tensor& y) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += factor * entry(y, i);
}

Tensor as_image(const std::vector<double>& x) {
  Tensor image({1, 1, 8, 8});
  for (std::size_t i = 0; i < x.size(); ++i) image.values()[i] = static_cast<float>(x[i]);
  return image;
}

Tensor draw(SampleNoise::Purpose purpose, std::uint64_t index) {
  return SampleNoise({}, 1).normal({1, 1, 8, 8}, purpose, index);
}

TEST(PeerRules, DapsIsStableWhereTheMeasurementIsNotLinearAndSteep) {
  const Shape image{1, 1, 8, 8};
  const auto prior = make_mixture_prior({{1.0, std::vector<double>(64, 0.0), 0.05}});
  for (const auto& op : {make_hdr(image), make_gamma(image, 2.2)}) {
    const Tensor clean(image, 0.3F);
    const Tensor y = op->apply(clean);
    const auto daps = make_solver(SolverSpec::parse("daps(steps=20)"), *op, 0.02F);
    const Tensor found = daps->solve(*prior, *op, y, 0.02F, {}).image;
    EXPECT_LT(norm(found - clean), 0.15 * norm(clean));
  }
}

TEST(PeerRules, Dps) {
  const PeerProblem problem = peer_problem(0.1F);
  const std::vector<float> levels = karras_schedule(4, 3.0F, 0.3F);
  const double zeta = 0.7;
  std::vector<double> x(64, 0.0);
  add(x, 3, draw(SampleNoise::Purpose::start, 0));
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const auto s = static_cast<double>(levels[i]);
    const double t = i + 1 < levels.size() ? static_cast<double>(levels[i + 1]) : 0.0;
    const double k = shrinkage(s);
    const double r = t * t / (s * s);
    std::vector<double> d(x);
    for (double& value : d) value *= k;
    const Tensor residual = problem.y - problem.op->apply(as_image(d));
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = r * x[j] + (1 - r) * d[j];
    if (t > 0) add(x, t * std::sqrt(1 - r), draw(SampleNoise::Purpose::transition, i));
    // grad_x |y - H D| = -J^T H^T (y - H D) / |y - H D|, with J = k.
    const double step = zeta * std::sqrt((1 + s * s) * (1 + t * t)) * k / norm(residual);
    add(x, step, problem.op->adjoint(residual));
  }
  const Tensor found =
      problem.solve("dps(steps=4,sigma_max=3,sigma_min=0.3,spacing=karras,zeta=0.7)").image;
  EXPECT_LT(norm(found - as_image(x)), 2e-5 * norm(found));
}

TEST(PeerRules, RedDiff) {
  const PeerProblem problem = peer_problem(0.1F);
  const std::vector<float> levels = karras_schedule(5, 3.0F, 0.3F);
  // mu = H^T (H H^T + sy^2)^-1 y, with the means spread over their blocks.
  std::vector<double> mu(64, 0.0);
  add(mu, 1 / (0.25 + 0.01), problem.op->adjoint(problem.y));
  std::vector<double> mean(64, 0.0);
  std::vector<double> square(64, 0.0);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const auto s = static_cast<double>(levels[i]);
    const Tensor z =
        draw(i == 0 ? SampleNoise::Purpose::start : SampleNoise::Purpose::transition, i);
    const Tensor back = problem.op->adjoint(problem.op->apply(as_image(mu)) - problem.y);
    for (std::size_t j = 0; j < mu.size(); ++j) {
      const double x = mu[j] + s * entry(z, j);
      const double eps = (1 - shrinkage(s)) * x / s;
      const double g = 2 * entry(back, j) / 16 + 0.5 * s * (eps - entry(z, j)) / 64;
      const auto step = static_cast<double>(i + 1);
      mean[j] = 0.9 * mean[j] + 0.1 * g;
      square[j] = 0.99 * square[j] + 0.01 * g * g;
      mu[j] -= 0.05 * mean[j] / (1 - std::pow(0.9, step)) /
               (std::sqrt(square[j] / (1 - std::pow(0.99, step))) + 1e-8);
    }
  }
  const Tensor found = problem
                           .solve(
                               "red-diff(steps=5,sigma_max=3,sigma_min=0.3,spacing=karras,"
                               "step_size=0.05,data_weight=2,weight=0.5)")
                           .image;
  EXPECT_LT(norm(found - as_image(mu)), 1e-4 * norm(found));
}

TEST(PeerRules, TheFirstAdamStepHasTheStepSize) {
  Adam adam({1, 1, 1, 2}, {0.1F, 0.9F, 0.99F});
  Tensor x({1, 1, 1, 2}, 1.0F);
  adam.step(x, Tensor({1, 1, 1, 2}, std::vector<float>{3.0F, -1e-3F}));
  EXPECT_NEAR(x.values()[0], 0.9F, 1e-6F);
  EXPECT_NEAR(x.values()[1], 1.1F, 1e-5F);
}

}  // namespace
}  // namespace modeseek
