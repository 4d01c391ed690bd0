#include "priors/gaussian.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"
#include "modeseek/random.hpp"

namespace modeseek {
namespace {

constexpr std::size_t kDimension = 6;

std::vector<double> normals(Random& random, std::size_t count) {
  std::vector<double> result(count);
  for (double& value : result) value = random.normal();
  return result;
}

/// A A^T + 0.1 I
std::vector<double> random_covariance(Random& random) {
  const std::vector<double> a = normals(random, kDimension * kDimension);
  std::vector<double> c(kDimension * kDimension, 0.0);
  for (std::size_t i = 0; i < kDimension; ++i) {
    for (std::size_t j = 0; j < kDimension; ++j) {
      for (std::size_t k = 0; k < kDimension; ++k) {
        c[i * kDimension + j] += a[i * kDimension + k] * a[j * kDimension + k] / kDimension;
      }
    }
    c[i * kDimension + i] += 0.1;
  }
  return c;
}

std::vector<double> times(const std::vector<double>& matrix, const std::vector<double>& v) {
  std::vector<double> result(v.size(), 0.0);
  for (std::size_t i = 0; i < v.size(); ++i) {
    for (std::size_t j = 0; j < v.size(); ++j) result[i] += matrix[i * v.size() + j] * v[j];
  }
  return result;
}

struct Case {
  std::vector<double> mean;
  std::vector<double> covariance;
  std::vector<double> x;
  std::vector<double> v;
};

Case make_case(std::uint64_t seed) {
  Random random(seed);
  Case c;
  c.mean = normals(random, kDimension);
  c.covariance = random_covariance(random);
  c.x = normals(random, kDimension);
  c.v = normals(random, kDimension);
  return c;
}

class GaussianAtLevel : public testing::TestWithParam<double> {};

// D solves (C + s^2 I) u = x - mean, D = mean + C u: checked by substitution, without a solver:
// s^2 (D - mean) = C (x - D).
TEST_P(GaussianAtLevel, DenoiserSatisfiesItsNormalEquation) {
  const double s = GetParam();
  const Case c = make_case(1);
  const GaussianPrior prior(c.mean, c.covariance);
  const std::vector<double> d = prior.mean_given(c.x, s);
  std::vector<double> difference(kDimension);
  for (std::size_t i = 0; i < kDimension; ++i) difference[i] = c.x[i] - d[i];
  const std::vector<double> right = times(c.covariance, difference);
  for (std::size_t i = 0; i < kDimension; ++i) {
    EXPECT_NEAR(s * s * (d[i] - c.mean[i]), right[i], 1e-12 * (1 + s * s)) << i;
  }
}

TEST_P(GaussianAtLevel, JacobianIsTheDerivativeOfTheDenoiser) {
  const double s = GetParam();
  const Case c = make_case(2);
  const GaussianPrior prior(c.mean, c.covariance);
  std::vector<double> moved(c.x);
  for (std::size_t i = 0; i < kDimension; ++i) moved[i] += c.v[i];
  const std::vector<double> before = prior.mean_given(c.x, s);
  const std::vector<double> after = prior.mean_given(moved, s);  // D is affine: no step size
  const std::vector<double> product = prior.jacobian_product(c.x, s, c.v);
  for (std::size_t i = 0; i < kDimension; ++i) {
    EXPECT_NEAR(product[i], after[i] - before[i], 1e-12) << i;
  }
}

// Tweedie: D = x + s^2 grad log p_s(x).
TEST_P(GaussianAtLevel, DenoiserFollowsTheScore) {
  const double s = GetParam();
  const Case c = make_case(3);
  const GaussianPrior prior(c.mean, c.covariance);
  const std::vector<double> d = prior.mean_given(c.x, s);
  const double h = 1e-4 * std::max(1.0, s);
  for (std::size_t i = 0; i < kDimension; ++i) {
    std::vector<double> up(c.x);
    std::vector<double> down(c.x);
    up[i] += h;
    down[i] -= h;
    const double score = (prior.log_density(up, s) - prior.log_density(down, s)) / (2 * h);
    EXPECT_NEAR(d[i], c.x[i] + s * s * score, 1e-6 * (1 + std::fabs(d[i]))) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, GaussianAtLevel, testing::Values(1e-4, 0.05, 1.0, 30.0, 1e3));

TEST(Gaussian, TensorsOfAnyLayoutAndBatch) {
  const Case c = make_case(4);
  const auto prior = make_gaussian_prior(c.mean, c.covariance);
  Tensor x({2, 1, 2, 3});
  Random(5).fill_normal(x.values());
  const std::vector<float> levels{0.3F, 2.0F};
  const auto both = prior->linearize(x, levels);
  const Tensor pulled = both->pullback(x);
  for (std::int64_t n = 0; n < 2; ++n) {
    const std::vector<float> level{levels[static_cast<std::size_t>(n)]};
    const Tensor alone = x.copy_sample(n);
    const auto one = prior->linearize(alone, level);
    const Tensor one_pulled = one->pullback(alone);
    for (std::size_t i = 0; i < kDimension; ++i) {
      EXPECT_EQ(both->value().sample(n)[i], one->value().sample(0)[i]);
      EXPECT_EQ(pulled.sample(n)[i], one_pulled.sample(0)[i]);
    }
  }
}

TEST(Gaussian, SingularCovarianceDenoisesButHasNoDensity) {
  const GaussianPrior prior({1, 2}, {1, 1, 1, 1});  // all mass on the line x - mean ~ (1, 1)
  const std::vector<double> x{3, 2};
  const std::vector<double> d = prior.mean_given(x, 1e-4);
  EXPECT_NEAR(d[0], 2, 1e-6);
  EXPECT_NEAR(d[1], 3, 1e-6);
  EXPECT_THROW(prior.log_density(x, 0), InvalidArgument);
}

TEST(Gaussian, RefusesWhatIsNoCovariance) {
  EXPECT_THROW(GaussianPrior({}, {}), InvalidArgument);
  EXPECT_THROW(GaussianPrior({0, 0}, {1, 0, 0}), InvalidArgument);
  EXPECT_THROW(GaussianPrior({0, 0}, {1, 0.5, 0, 1}), InvalidArgument);
  EXPECT_THROW(GaussianPrior({0, 0}, {1, 2, 2, 1}), InvalidArgument);
  EXPECT_THROW(GaussianPrior({0, 0}, {1, 0, 0, std::nan("")}), InvalidArgument);
}

TEST(Gaussian, RefusesTensorsThatDoNotFit) {
  const auto prior = make_gaussian_prior({0, 0}, {1, 0, 0, 1});
  const std::vector<float> one{1.0F};
  EXPECT_THROW(prior->denoise(Tensor({1, 1, 1, 3}), one), InvalidArgument);
  EXPECT_THROW(prior->denoise(Tensor({2, 1, 1, 2}), one), InvalidArgument);
  EXPECT_THROW(prior->denoise(Tensor({1, 1, 1, 2}), std::vector<float>{0.0F}), InvalidArgument);
  EXPECT_THROW(prior->denoise(Tensor({1, 1, 1, 2}), std::vector<float>{std::nanf("")}),
               InvalidArgument);
  EXPECT_THROW(prior->linearize(Tensor({1, 1, 1, 2}), one)->pullback(Tensor({1, 1, 2, 2})),
               InvalidArgument);
}

}  // namespace
}  // namespace modeseek
