#include "modeseek/sample.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"
#include "priors/gaussian.hpp"

namespace modeseek {
namespace {

constexpr double kMean = 0.3;
constexpr double kVariance = 0.25;

std::unique_ptr<Denoiser> isotropic_prior(std::size_t dimension) {
  std::vector<double> covariance(dimension * dimension, 0.0);
  for (std::size_t i = 0; i < dimension; ++i) covariance[i * dimension + i] = kVariance;
  return make_gaussian_prior(std::vector<double>(dimension, kMean), covariance);
}

// For N(m, c I) the flow is known: from x at s to m + sqrt(c / (c + s^2)) (x - m) at zero. Drawing
// with one level alone returns D(x) = m + c / (c + s^2) (x - m), which gives x itself away.
TEST(Sample, FollowsTheFlowOfAGaussian) {
  const auto prior = isotropic_prior(12);
  const Shape shape{3, 3, 2, 2};
  SampleOptions options;
  options.sigma_max = 5;
  options.steps = 1;
  const Tensor shrunk = sample(*prior, shape, options);
  options.steps = 200;
  const Tensor drawn = sample(*prior, shape, options);
  const double ratio = kVariance / (kVariance + 25.0);
  for (std::int64_t i = 0; i < drawn.count(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double start = (static_cast<double>(shrunk.values()[at]) - kMean) / ratio;
    EXPECT_NEAR(static_cast<double>(drawn.values()[at]), kMean + std::sqrt(ratio) * start, 2e-3);
  }
}

TEST(Sample, HasTheSpreadOfThePrior) {
  const auto prior = isotropic_prior(48);
  const Tensor drawn = sample(*prior, {64, 3, 4, 4});
  double sum = 0;
  double squares = 0;
  for (const float value : drawn.values()) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  const double mean = sum / static_cast<double>(drawn.count());
  EXPECT_NEAR(mean, kMean, 0.04);
  EXPECT_NEAR(squares / static_cast<double>(drawn.count()) - mean * mean, kVariance, 0.025);
}

TEST(Sample, DependsOnItsOwnSeedOnly) {
  const auto prior = isotropic_prior(12);
  SampleOptions options;
  options.seed = 7;
  const Tensor both = sample(*prior, {2, 3, 2, 2}, options);
  options.seed = 8;
  const Tensor second = sample(*prior, {1, 3, 2, 2}, options);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(both.sample(1)[i], second.values()[i]);
}

TEST(Sample, CountsItsEvaluations) {
  const auto prior = isotropic_prior(12);
  SampleOptions options;
  options.steps = 5;
  int calls = 0;
  options.progress = [&calls](const Progress& progress) {
    EXPECT_EQ(progress.total, 9);
    ++calls;
    return true;
  };
  sample(*prior, {1, 3, 2, 2}, options);
  EXPECT_EQ(calls, sample_evaluations(options));
}

TEST(Sample, RefusesWhatDoesNotFit) {
  const auto prior = isotropic_prior(12);
  EXPECT_THROW(sample(*prior, {0, 3, 2, 2}), InvalidArgument);
  SampleOptions options;
  options.steps = 0;
  EXPECT_THROW(sample(*prior, {1, 3, 2, 2}, options), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
