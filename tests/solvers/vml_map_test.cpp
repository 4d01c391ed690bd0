// Contracts of VML-MAP as a Solver: options, counts, progress, cancelling, seeds, batches, low
// noise.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "modeseek/error.hpp"
#include "modeseek/solver.hpp"
#include "solvers/gaussian_problem.hpp"
#include "solvers/mixture_posterior.hpp"
#include "solvers/refusal.hpp"

namespace modeseek {
namespace {

using namespace testing_support;
using Direction = VmlMapOptions::Direction;
using Preconditioner = VmlMapOptions::Preconditioner;

template <class Change>
std::string refused(Change change) {
  VmlMapOptions options;
  change(options);
  return refusal([&] { make_vml_map(options); });
}

TEST(VmlMapOptions, OutOfRangeIsNamed) {
  EXPECT_EQ(refused([](auto& o) { o.steps = 0; }), "steps: expected 1 to 100000, found 0");
  EXPECT_EQ(refused([](auto& o) { o.inner_steps = -1; }),
            "inner_steps: expected 1 to 100000, found -1");
  EXPECT_EQ(refused([](auto& o) { o.step_size = 0; }),
            "step_size: expected a positive number, found 0");
  EXPECT_EQ(refused([](auto& o) { o.renoise = 1.5F; }), "renoise: expected 0 to 1, found 1.5");
  EXPECT_EQ(refused([](auto& o) { o.covariance_probes = -2; }),
            "covariance_probes: expected 0 to 100000, found -2");
  EXPECT_EQ(refused([](auto& o) {
              o.covariance_probes = 1;
              o.direction = Direction::jacobian_free;
            }),
            "covariance_probes: the full loss needs the direction vjp");
  EXPECT_NE(refused([](auto& o) { o.sigma_min = 100; }).find("0 < sigma_min <= sigma_max"),
            std::string::npos);
  EXPECT_NE(refused([](auto& o) { o.step_size = NAN; }).find("step_size"), std::string::npos);
  EXPECT_EQ(refused([](auto& o) { o.renoise_knee = -1; }),
            "renoise_knee: expected 0 or a positive number, found -1");
  EXPECT_NE(refused([](auto& o) { o.renoise = NAN; }).find("renoise"), std::string::npos);
  EXPECT_NE(refused([](auto& o) { o.steps = o.inner_steps = 100000; }).find("more than can be"),
            std::string::npos);
  EXPECT_EQ(refused([](auto&) {}), "accepted");
}

TEST(VmlMap, NamesItselfAndItsSettings) {
  VmlMapOptions options;
  options.steps = 7;
  options.renoise = 0.25F;
  const auto solver = make_vml_map(options);
  EXPECT_EQ(solver->name(), "vml-map");
  EXPECT_NE(solver->settings().find("steps=7, "), std::string::npos);
  EXPECT_NE(solver->settings().find("renoise=0.25, "), std::string::npos);
  EXPECT_NE(solver->settings().find("direction=jacobian-free, "), std::string::npos);
}

struct CountCase {
  Direction direction;
  int covariance_probes;
  int deviation_probes;
};

class VmlMapCounts : public testing::TestWithParam<CountCase> {};

TEST_P(VmlMapCounts, ExpectedReportedAndDoneAgree) {
  VmlMapOptions options;
  options.steps = 4;
  options.inner_steps = 3;
  options.direction = GetParam().direction;
  options.covariance_probes = GetParam().covariance_probes;
  GaussianProblem problem = gaussian_problem(1, 6, 3, 0.1);
  RunOptions run;
  run.deviation_probes = GetParam().deviation_probes;
  int last = 0;
  int total = 0;
  float sigma = INFINITY;
  run.progress = [&](const Progress& progress) {
    EXPECT_GT(progress.done, last);
    EXPECT_LE(progress.done - last, 2);
    EXPECT_TRUE(total == 0 || total == progress.total);
    EXPECT_NE(progress.estimate, nullptr);
    EXPECT_EQ(progress.estimate->shape(), problem.op.domain());
    EXPECT_TRUE(run.deviation_probes > 0 || progress.sigma <= sigma);
    last = progress.done;
    total = progress.total;
    sigma = progress.sigma;
    return true;
  };
  const auto solver = make_vml_map(options);
  const Result result = solver->solve(problem.prior, problem.op, problem.y, 0.1F, run);
  EXPECT_EQ(last, total);
  EXPECT_EQ(total, result.denoiser_evaluations + 2 * result.vjp_evaluations);
  EXPECT_EQ(result.deviation.has_value(), run.deviation_probes > 0);
  if (run.deviation_probes == 0) {
    EXPECT_EQ(solver->expected_evaluations(),
              std::pair(result.denoiser_evaluations, result.vjp_evaluations));
  } else {
    EXPECT_GT(result.denoiser_evaluations, solver->expected_evaluations().first);
    EXPECT_GT(result.vjp_evaluations, solver->expected_evaluations().second);
  }
}

INSTANTIATE_TEST_SUITE_P(Settings, VmlMapCounts,
                         testing::Values(CountCase{Direction::jacobian_free, 0, 0},
                                         CountCase{Direction::jacobian_free, 0, 2},
                                         CountCase{Direction::vjp, 0, 0},
                                         CountCase{Direction::vjp, 2, 0},
                                         CountCase{Direction::vjp, 1, 3}));

TEST(VmlMap, CountsByFormula) {
  VmlMapOptions options;
  options.steps = 10;
  options.inner_steps = 3;
  options.direction = Direction::jacobian_free;
  EXPECT_EQ(make_vml_map(options)->expected_evaluations(), std::pair(40, 0));
  options.direction = Direction::vjp;
  EXPECT_EQ(make_vml_map(options)->expected_evaluations(), std::pair(40, 30));
  options.covariance_probes = 2;
  EXPECT_EQ(make_vml_map(options)->expected_evaluations(), std::pair(160, 150));
}

TEST(VmlMap, StopsAtWhicheverEvaluationTheCallerSays) {
  VmlMapOptions options;
  options.steps = 2;
  options.inner_steps = 2;
  options.direction = Direction::vjp;
  options.covariance_probes = 1;
  GaussianProblem problem = gaussian_problem(1, 4, 2, 0.1);
  RunOptions run;
  run.deviation_probes = 1;
  int calls = 0;
  run.progress = [&](const Progress&) { return ++calls > 0; };
  make_vml_map(options)->solve(problem.prior, problem.op, problem.y, 0.1F, run);
  const int all = calls;
  ASSERT_GT(all, 20);
  for (int stop = 1; stop <= all; ++stop) {
    calls = 0;
    run.progress = [&](const Progress&) { return ++calls < stop; };
    EXPECT_THROW(make_vml_map(options)->solve(problem.prior, problem.op, problem.y, 0.1F, run),
                 Cancelled);
    EXPECT_EQ(calls, stop);
  }
}

TEST(VmlMap, RefusesWhatDoesNotFit) {
  GaussianProblem problem = gaussian_problem(1, 4, 2, 0.1);
  const auto solver = make_vml_map({});
  const auto solve = [&](const Tensor& y, float noise, const RunOptions& run) {
    return solver->solve(problem.prior, problem.op, y, noise, run);
  };
  EXPECT_THROW(solve(Tensor({1, 1, 1, 3}), 0.1F, {}), InvalidArgument);
  EXPECT_THROW(solve(Tensor({0, 1, 1, 2}), 0.1F, {}), InvalidArgument);
  EXPECT_THROW(solve(Tensor({1, 1, 1, 2}, NAN), 0.1F, {}), InvalidArgument);
  EXPECT_THROW(solve(problem.y, 0.0F, {}), InvalidArgument);
  EXPECT_THROW(solve(problem.y, -0.1F, {}), InvalidArgument);
  EXPECT_THROW(solve(problem.y, NAN, {}), InvalidArgument);
  RunOptions run;
  run.sample_seeds = {1, 2};
  EXPECT_THROW(solve(problem.y, 0.1F, run), InvalidArgument);
  run = {};
  run.deviation_probes = -1;
  EXPECT_THROW(solve(problem.y, 0.1F, run), InvalidArgument);
}

/// Forwards to a Gaussian prior and claims constraints.
class Constrained final : public Denoiser {
 public:
  Constrained(Denoiser& inner, ImageConstraints constraints, NoiseRange range)
      : inner_(inner), constraints_(constraints), range_(range) {}
  Tensor denoise(const Tensor& x, std::span<const float> sigma) override {
    for (const float s : sigma) {
      EXPECT_GE(s, range_.min);
      EXPECT_LE(s, range_.max);
    }
    return inner_.denoise(x, sigma);
  }
  std::unique_ptr<Linearization> linearize(const Tensor& x, std::span<const float> sigma) override {
    return inner_.linearize(x, sigma);
  }
  ImageConstraints constraints() const override { return constraints_; }
  NoiseRange noise_range() const override { return range_; }
  std::uint64_t memory_bytes(const Shape& shape, bool vjp) const override {
    return inner_.memory_bytes(shape, vjp);
  }

 private:
  Denoiser& inner_;
  ImageConstraints constraints_;
  NoiseRange range_;
};

TEST(VmlMap, RespectsThePriorsConstraintsAndNoiseRange) {
  GaussianProblem problem = gaussian_problem(1, 6, 2, 0.1);
  const auto solve = [&](ImageConstraints constraints) {
    Constrained prior(problem.prior, constraints, {0.05F, 20.0F});
    return make_vml_map({})->solve(prior, problem.op, problem.y, 0.1F, {});
  };
  EXPECT_NO_THROW(solve({}));
  EXPECT_NO_THROW(solve({1, std::pair<std::int64_t, std::int64_t>(1, 6), 1}));
  EXPECT_THROW(solve({3, {}, 1}), InvalidArgument);
  EXPECT_THROW(solve({1, std::pair<std::int64_t, std::int64_t>(1, 8), 1}), InvalidArgument);
  EXPECT_THROW(solve({1, {}, 4}), InvalidArgument);
}

Tensor stack(const std::vector<Tensor>& parts) { return concat_samples(parts); }

TEST(VmlMap, ASampleDependsOnItsOwnSeedOnly) {
  MixturePrior prior = random_mixture(1);
  const MatrixOperator op = random_measurements(1, 16, 32);
  const Tensor y0 = measure(op, draw(prior, 1), 0.1, 1);
  const Tensor y1 = measure(op, draw(prior, 2), 0.1, 2);
  for (const bool vjp : {false, true}) {
    VmlMapOptions options;
    options.steps = 4;
    options.renoise = 0.7F;
    options.direction = vjp ? Direction::vjp : Direction::jacobian_free;
    options.covariance_probes = vjp ? 2 : 0;
    options.step_size = 0.3F;
    const auto solver = make_vml_map(options);
    RunOptions run;
    run.deviation_probes = 2;
    run.sample_seeds = {5, 6, 7};
    const Result batch = solver->solve(prior, op, stack({y0, y1, y0}), 0.1F, run);
    run.sample_seeds = {6};
    const Result alone = solver->solve(prior, op, y1, 0.1F, run);
    run.sample_seeds = {};
    run.seed = 7;
    const Result last = solver->solve(prior, op, y0, 0.1F, run);
    for (std::size_t i = 0; i < 32; ++i) {
      EXPECT_EQ(batch.image.sample(1)[i], alone.image.sample(0)[i]);
      EXPECT_EQ(batch.image.sample(2)[i], last.image.sample(0)[i]);
      EXPECT_EQ(batch.deviation->sample(1)[i], alone.deviation->sample(0)[i]);
    }
    EXPECT_EQ(batch.certificates[1].stationarity, alone.certificates[0].stationarity);
    EXPECT_NE(norm(batch.image.copy_sample(0) - batch.image.copy_sample(2)), 0);
  }
}

// The knee only matters through the share of fresh noise at each level.
TEST(VmlMap, TheKneeScalesFreshNoise) {
  MixturePrior prior = random_mixture(1);
  const MatrixOperator op = random_measurements(1, 16, 32);
  const Tensor y = measure(op, draw(prior, 1), 0.1, 1);
  const auto restored = [&](float renoise, float knee) {
    VmlMapOptions options;
    options.steps = 2;
    options.inner_steps = 2;
    options.renoise = renoise;
    options.renoise_knee = knee;
    return make_vml_map(options)->solve(prior, op, y, 0.1F, {}).image;
  };
  const Tensor halved = restored(1.0F, VmlMapOptions{}.sigma_max);  // the knee at the first level
  EXPECT_EQ(norm(halved - restored(0.5F, 0.0F)), 0);
  EXPECT_NE(norm(halved - restored(1.0F, 0.0F)), 0);
}

// The paper's noise-free setting.
class VmlMapWithoutNoise : public testing::TestWithParam<Direction> {};

TEST_P(VmlMapWithoutNoise, StaysFiniteAndMeetsTheMeasurement) {
  MixturePrior prior = random_mixture(2);
  const MatrixOperator op = random_measurements(2, 16, 32);
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Tensor y = measure(op, draw(prior, seed), 0, seed);
    VmlMapOptions options;
    options.steps = 20;
    options.inner_steps = GetParam() == Direction::vjp ? 40 : 10;
    options.direction = GetParam();
    options.renoise = 0;
    options.sigma_min = 0.05F;
    RunOptions run;
    run.seed = seed;
    run.deviation_probes = 1;
    const Result result = make_vml_map(options)->solve(prior, op, y, 1e-9F, run);
    EXPECT_TRUE(all_finite(result.image));
    EXPECT_TRUE(all_finite(*result.deviation));
    EXPECT_TRUE(std::isfinite(result.certificates[0].residual_ratio));
    EXPECT_TRUE(std::isfinite(result.certificates[0].stationarity));
    EXPECT_LE(norm(op.apply(result.image) - y), 1e-4 * norm(y)) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Directions, VmlMapWithoutNoise,
                         testing::Values(Direction::jacobian_free, Direction::vjp));

// Every other option at vanishing noise: no overflow.
TEST(VmlMap, NoOptionOverflowsWithoutNoise) {
  MixturePrior prior = random_mixture(3);
  const MatrixOperator op = random_measurements(3, 16, 32);
  const Tensor y = measure(op, draw(prior, 1), 0, 1);
  for (const Preconditioner preconditioner : {Preconditioner::normal, Preconditioner::none}) {
    for (const float renoise : {0.0F, 1.0F}) {
      VmlMapOptions options;
      options.direction = Direction::vjp;
      options.covariance_probes = 1;
      options.step_size = 0.1F;
      options.preconditioner = preconditioner;
      options.renoise = renoise;
      const Result result = make_vml_map(options)->solve(prior, op, y, 1e-9F, {});
      EXPECT_TRUE(all_finite(result.image));
      EXPECT_LT(norm(result.image), 100);
    }
  }
}

TEST(VmlMap, CertificateAtTheModeAndAwayFromIt) {
  GaussianProblem problem = gaussian_problem(2, 12, 6, 0.1);
  VmlMapOptions options;
  options.renoise = 0;
  options.sigma_max = 10;
  options.sigma_min = 0.5F;
  options.inner_steps = 100;
  const Certificate settled = make_vml_map(options)
                                  ->solve(problem.prior, problem.op, problem.y, 0.1F, {})
                                  .certificates.at(0);
  options.inner_steps = 1;
  options.renoise = 1;
  const Certificate hasty = make_vml_map(options)
                                ->solve(problem.prior, problem.op, problem.y, 0.1F, {})
                                .certificates.at(0);
  EXPECT_LT(settled.stationarity, 1e-4);
  EXPECT_GT(hasty.stationarity, 0.1);
  // The residual of the mode in closed form.
  Tensor mode(problem.op.domain());
  for (std::size_t i = 0; i < problem.mode.size(); ++i) {
    mode.values()[i] = static_cast<float>(problem.mode[i]);
  }
  const double expected = norm(problem.op.apply(mode) - problem.y) / (0.1 * std::sqrt(6.0));
  EXPECT_NEAR(settled.residual_ratio, expected, 1e-3 * expected);
}

TEST(VmlMap, FullLossEndsNearTheSimplifiedOneWhenTheTracesHardlyChange) {
  MixturePrior prior = random_mixture(4);
  const MatrixOperator op = random_measurements(4, 16, 32);
  const Tensor y = measure(op, draw(prior, 4), 0.3, 4);
  VmlMapOptions options;
  options.direction = Direction::vjp;
  options.renoise = 0;
  options.inner_steps = 40;
  options.step_size = 0.3F;
  options.sigma_max = 10;
  options.sigma_min = 0.1F;
  const Result simplified = make_vml_map(options)->solve(prior, op, y, 0.3F, {});
  options.covariance_probes = 2;
  const Result full = make_vml_map(options)->solve(prior, op, y, 0.3F, {});
  // At the last level one component holds all the mass and J is constant.
  EXPECT_LT(norm(full.image - simplified.image), 0.05 * norm(simplified.image));
  EXPECT_GT(norm(full.image - simplified.image), 0);
}

}  // namespace
}  // namespace modeseek
