#include "priors/mixture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "modeseek/error.hpp"
#include "modeseek/random.hpp"
#include "priors/gaussian.hpp"

namespace modeseek {
namespace {

constexpr std::size_t kDimension = 4;

std::vector<double> normals(Random& random, std::size_t count) {
  std::vector<double> result(count);
  for (double& value : result) value = random.normal();
  return result;
}

MixturePrior random_mixture(std::uint64_t seed) {
  Random random(seed);
  std::vector<MixtureComponent> components;
  for (int k = 0; k < 5; ++k) {
    components.push_back(
        {0.5 + random.uniform(), normals(random, kDimension), 0.05 + random.uniform()});
  }
  return MixturePrior(components);
}

class MixtureAtLevel : public testing::TestWithParam<double> {};

TEST_P(MixtureAtLevel, DenoiserFollowsTheScore) {
  const double s = GetParam();
  const MixturePrior prior = random_mixture(1);
  Random random(2);
  std::vector<double> x = normals(random, kDimension);
  const std::vector<double> d = prior.mean_given(x, s);
  const double h = 1e-4 * std::max(1.0, s);
  for (std::size_t i = 0; i < kDimension; ++i) {
    std::vector<double> up(x);
    std::vector<double> down(x);
    up[i] += h;
    down[i] -= h;
    const double score = (prior.log_density(up, s) - prior.log_density(down, s)) / (2 * h);
    EXPECT_NEAR(d[i], x[i] + s * s * score, 1e-5 * (1 + std::fabs(d[i]))) << i;
  }
}

TEST_P(MixtureAtLevel, JacobianIsTheDerivativeOfTheDenoiser) {
  const double s = GetParam();
  const MixturePrior prior = random_mixture(3);
  Random random(4);
  const std::vector<double> x = normals(random, kDimension);
  const std::vector<double> v = normals(random, kDimension);
  const double h = 1e-5 * std::max(1.0, s);
  std::vector<double> up(x);
  std::vector<double> down(x);
  for (std::size_t i = 0; i < kDimension; ++i) {
    up[i] += h * v[i];
    down[i] -= h * v[i];
  }
  const std::vector<double> above = prior.mean_given(up, s);
  const std::vector<double> below = prior.mean_given(down, s);
  const std::vector<double> product = prior.jacobian_product(x, s, v);
  for (std::size_t i = 0; i < kDimension; ++i) {
    EXPECT_NEAR(product[i], (above[i] - below[i]) / (2 * h), 2e-6) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, MixtureAtLevel, testing::Values(1e-4, 0.05, 1.0, 30.0, 1e3));

TEST(Mixture, OneComponentIsAGaussian) {
  const std::vector<double> mean{1, -2, 0.5};
  const MixturePrior mixture({{3.0, mean, 0.7}});
  const GaussianPrior gaussian(mean, {0.7, 0, 0, 0, 0.7, 0, 0, 0, 0.7});
  const std::vector<double> x{0.2, 0.4, -1};
  for (const double s : {0.01, 1.0, 100.0}) {
    EXPECT_NEAR(mixture.log_density(x, s), gaussian.log_density(x, s), 1e-10);
    const std::vector<double> a = mixture.mean_given(x, s);
    const std::vector<double> b = gaussian.mean_given(x, s);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(a[i], b[i], 1e-12);
  }
}

// p_s(x) = E p_0(x - s n): a wrong normalisation would pass every test of gradients.
TEST(Mixture, DensityIntegratesToOne) {
  const MixturePrior prior({{1.0, {-1.0}, 0.2}, {2.0, {0.5}, 0.05}});
  for (const double s : {0.0, 0.5}) {
    double sum = 0;
    const double step = 1e-3;
    for (double x = -8; x < 8; x += step) sum += std::exp(prior.log_density({{x}}, s)) * step;
    EXPECT_NEAR(sum, 1, 1e-6) << s;
  }
}

TEST(Mixture, FarAwayPointsStayFinite) {
  const MixturePrior prior = random_mixture(5);
  const std::vector<double> x(kDimension, 1e6);
  for (const double s : {1e-4, 1.0, 1e3}) {
    for (const double value : prior.mean_given(x, s)) EXPECT_TRUE(std::isfinite(value));
    for (const double value : prior.jacobian_product(x, s, x)) EXPECT_TRUE(std::isfinite(value));
    double total = 0;
    for (const double r : prior.responsibilities(x, s)) total += r;
    EXPECT_NEAR(total, 1, 1e-9);
  }
}

TEST(Mixture, RefusesBadComponents) {
  EXPECT_THROW(MixturePrior({}), InvalidArgument);
  EXPECT_THROW(MixturePrior({{1, {}, 1}}), InvalidArgument);
  EXPECT_THROW(MixturePrior({{1, {0, 0}, 1}, {1, {0}, 1}}), InvalidArgument);
  EXPECT_THROW(MixturePrior({{0, {0}, 1}}), InvalidArgument);
  EXPECT_THROW(MixturePrior({{1, {0}, -1}}), InvalidArgument);
  EXPECT_THROW(MixturePrior({{std::nan(""), {0}, 1}}), InvalidArgument);
  EXPECT_THROW(MixturePrior({{1, {std::nan("")}, 1}}), InvalidArgument);
  EXPECT_THROW(MixturePrior({{1, {0}, 0}}).log_density({{0.0}}, 0), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
