// VML-MAP by posterior renoising: closed forms on Gaussian priors, and its contracts.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "modeseek/error.hpp"
#include "modeseek/random.hpp"
#include "modeseek/solver.hpp"
#include "operators/operators.hpp"
#include "solvers/gaussian_problem.hpp"
#include "solvers/mixture_posterior.hpp"
#include "solvers/refusal.hpp"

namespace modeseek {
namespace {

using namespace testing_support;

VmlMapOptions posterior(int steps, float renoise, int averaged = 0) {
  VmlMapOptions options;
  options.scheme = VmlMapOptions::Scheme::posterior;
  options.steps = steps;
  options.renoise = renoise;
  options.averaged = averaged;
  options.sigma_min = 0.6F;
  return options;
}

// Without fresh noise a fixed point has (x - D)/s^2 = H^T (y - H D)/sy^2: the posterior's mode, at
// every noise level.
TEST(VmlPosterior, WithoutFreshNoiseReachesTheMode) {
  for (const double noise : {0.05, 0.5}) {
    GaussianProblem problem = gaussian_problem(1, 12, 6, noise);
    VmlMapOptions options = posterior(2000, 0);
    options.sigma_max = options.sigma_min;
    const Result result = make_vml_map(options)->solve(problem.prior, problem.op, problem.y,
                                                       static_cast<float>(noise), {});
    EXPECT_LE(relative_error(result.image, problem.mode), 1e-6) << noise;
    EXPECT_LT(result.certificates.at(0).stationarity, 1e-4);
  }
}

// Fresh noise moves x about its mean, which an affine denoiser keeps.
TEST(VmlPosterior, WithFreshNoiseAveragesToTheMean) {
  GaussianProblem problem = gaussian_problem(2, 12, 6, 0.3);
  const auto error = [&](int averaged) {
    const Result result = make_vml_map(posterior(20, 1, averaged))
                              ->solve(problem.prior, problem.op, problem.y, 0.3F, {});
    return relative_error(result.image, problem.mode);
  };
  EXPECT_LT(error(20000), 0.02);
  EXPECT_GT(error(1), 0.03);
}

/// D(x) = x, so that no residual is left; keeps what it was given.
class Recorder final : public Denoiser {
 public:
  Tensor denoise(const Tensor& x, std::span<const float> sigma) override {
    seen.push_back(x);
    levels.push_back(sigma[0]);
    return x;
  }
  std::unique_ptr<Linearization> linearize(const Tensor&, std::span<const float>) override {
    throw InvalidArgument("no VJP is needed");
  }
  ImageConstraints constraints() const override { return {}; }
  NoiseRange noise_range() const override { return {0.05F, 20.0F}; }
  std::uint64_t memory_bytes(const Shape&, bool) const override { return 0; }

  std::vector<Tensor> seen;
  std::vector<float> levels;
};

double mean_square(std::span<const float> values) {
  return std::pow(norm(values), 2) / static_cast<double>(values.size());
}

// N(0, f^2 (H^T H/sy^2 + I/s'^2)^-1) around what a measurement does to the denoised image.
TEST(VmlPosterior, FreshNoiseIsThePosteriors) {
  constexpr float noise = 0.3F;
  constexpr float next = 0.5F;
  constexpr std::int64_t half = 20000;
  const Shape image{1, 1, 2, half};
  Tensor known(image, 1.0F);
  std::fill(known.values().begin() + half, known.values().end(), 0.0F);
  const auto op = make_mask(image, known);
  for (const float f : {1.0F, 0.6F}) {
    VmlMapOptions options = posterior(2, f);
    options.sigma_min = next;
    Recorder prior;
    make_vml_map(options)->solve(prior, *op, Tensor(image, 0.0F), noise, {});
    ASSERT_EQ(prior.seen.size(), 2U);
    EXPECT_EQ(prior.levels, (std::vector<float>{10.0F, next}));
    // Measured entries keep lam / (1 + lam) of what they were.
    const double lam = std::pow(noise / next, 2);
    Tensor moved = prior.seen[1];
    for (std::size_t i = 0; i < moved.values().size(); ++i) {
      const double kept = i < half ? lam / (1 + lam) : 1;
      moved.values()[i] -= static_cast<float>(kept) * prior.seen[0].values()[i];
    }
    const auto values = std::span<const float>(moved.values());
    const double measured = f * f / (1 / std::pow(noise, 2) + 1 / std::pow(next, 2));
    EXPECT_NEAR(mean_square(values.first(half)), measured, 0.04 * measured);
    EXPECT_NEAR(mean_square(values.last(half)), f * f * next * next, 0.04 * f * f * next * next);
  }
}

TEST(VmlPosterior, OneEvaluationALevelAndNoProduct) {
  GaussianProblem problem = gaussian_problem(1, 6, 3, 0.1);
  const auto solver = make_vml_map(posterior(5, 0.5F, 3));
  EXPECT_EQ(solver->expected_evaluations(), std::pair(8, 0));
  Recorder prior;
  const Result result = solver->solve(prior, problem.op, problem.y, 0.1F, {});
  EXPECT_EQ(result.denoiser_evaluations, 8);
  EXPECT_EQ(result.vjp_evaluations, 0);
  ASSERT_EQ(prior.levels.size(), 8U);
  EXPECT_EQ(prior.levels.front(), 10.0F);
  for (std::size_t i = 4; i < 8; ++i) EXPECT_EQ(prior.levels[i], 0.6F);
  // The image is the mean of the last three.
  const Tensor mean = (1.0F / 3) * (prior.seen[5] + prior.seen[6] + prior.seen[7]);
  EXPECT_LT(norm(result.image - mean), 1e-6 * norm(mean));
}

TEST(VmlPosterior, LevelsStayInThePriorsRange) {
  GaussianProblem problem = gaussian_problem(1, 6, 3, 0.1);
  VmlMapOptions options = posterior(4, 1, 1);
  options.sigma_max = 80;
  options.sigma_min = 0.001F;
  Recorder prior;
  make_vml_map(options)->solve(prior, problem.op, problem.y, 0.1F, {});
  EXPECT_EQ(prior.levels.front(), 20.0F);
  EXPECT_EQ(prior.levels.back(), 0.05F);
}

TEST(VmlPosterior, ASampleDependsOnItsOwnSeedOnly) {
  MixturePrior prior = random_mixture(1);
  const MatrixOperator op = random_measurements(1, 16, 32);
  const Tensor y0 = measure(op, draw(prior, 1), 0.1, 1);
  const Tensor y1 = measure(op, draw(prior, 2), 0.1, 2);
  const auto solver = make_vml_map(posterior(4, 0.7F, 2));
  RunOptions run;
  run.sample_seeds = {5, 6, 7};
  const Result batch =
      solver->solve(prior, op, concat_samples(std::vector<Tensor>{y0, y1, y0}), 0.1F, run);
  run.sample_seeds = {6};
  const Result alone = solver->solve(prior, op, y1, 0.1F, run);
  for (std::size_t i = 0; i < 32; ++i) {
    EXPECT_EQ(batch.image.sample(1)[i], alone.image.sample(0)[i]);
  }
  EXPECT_EQ(batch.certificates[1].stationarity, alone.certificates[0].stationarity);
  EXPECT_NE(norm(batch.image.copy_sample(0) - batch.image.copy_sample(2)), 0);
}

// The paper's noise-free setting.
TEST(VmlPosterior, WithoutNoiseStaysFiniteAndMeetsTheMeasurement) {
  MixturePrior prior = random_mixture(2);
  const MatrixOperator op = random_measurements(2, 16, 32);
  for (const float renoise : {0.0F, 0.5F}) {
    const Tensor y = measure(op, draw(prior, 3), 0, 3);
    VmlMapOptions options = posterior(200, renoise);
    options.sigma_min = 0.01F;
    RunOptions run;
    run.deviation_probes = 1;
    const Result result = make_vml_map(options)->solve(prior, op, y, 1e-9F, run);
    EXPECT_TRUE(all_finite(result.image));
    EXPECT_TRUE(all_finite(*result.deviation));
    EXPECT_TRUE(std::isfinite(result.certificates[0].residual_ratio));
    EXPECT_LE(norm(op.apply(result.image) - y), 0.01 * norm(y)) << renoise;
  }
}

TEST(VmlPosterior, StopsWhenTheCallerSays) {
  GaussianProblem problem = gaussian_problem(1, 4, 2, 0.1);
  const auto solver = make_vml_map(posterior(3, 1, 2));
  for (int stop = 1; stop <= 5; ++stop) {
    int calls = 0;
    RunOptions run;
    run.progress = [&](const Progress& progress) {
      EXPECT_EQ(progress.total, 5);
      return ++calls < stop;
    };
    EXPECT_THROW(solver->solve(problem.prior, problem.op, problem.y, 0.1F, run), Cancelled);
    EXPECT_EQ(calls, stop);
  }
}

TEST(VmlPosterior, OptionsOutOfRangeAreNamed) {
  const auto refused = [](const VmlMapOptions& options) {
    return refusal([&] { make_vml_map(options); });
  };
  EXPECT_EQ(refused(posterior(4, 1.5F)), "renoise: expected 0 to 1, found 1.5");
  EXPECT_EQ(refused(posterior(4, 1, -1)), "averaged: expected 0 to 100000, found -1");
  EXPECT_EQ(refused(posterior(4, 1, 2000000000)),
            "averaged: expected 0 to 100000, found 2000000000");
  EXPECT_EQ(refused(posterior(2000000000, 1)), "steps: expected 1 to 100000, found 2000000000");
  EXPECT_NE(refused(posterior(0, 1)).find("steps"), std::string::npos);
  EXPECT_NE(refused(posterior(4, NAN)).find("renoise"), std::string::npos);
  VmlMapOptions sparse = posterior(4, 1);
  sparse.spacing_knee = -1;
  EXPECT_EQ(refused(sparse), "spacing_knee: expected 0 or a positive number, found -1");
  sparse.spacing_knee = INFINITY;
  EXPECT_EQ(refused(sparse), "spacing_knee: expected 0 or a positive number, found inf");
  EXPECT_EQ(refused(posterior(4, 1)), "accepted");
}

}  // namespace
}  // namespace modeseek
