// What VML-MAP with the settings recommended for an exact denoiser finds on a Gaussian mixture,
// where the posterior's modes are known.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ostream>
#include <vector>

#include "modeseek/solver.hpp"
#include "solvers/mixture_posterior.hpp"

namespace modeseek {
namespace {

using namespace testing_support;

constexpr int kRuns = 100;
/// What a local maximisation that starts at the result may gain, in nats.
constexpr double kStationary = 0.02;

VmlMapOptions recommended() {
  VmlMapOptions options;
  options.steps = 20;
  options.inner_steps = 5;
  options.direction = VmlMapOptions::Direction::jacobian_free;
  options.renoise = 0;
  options.sigma_max = 10;
  options.sigma_min = 0.05F;
  return options;
}

struct Case {
  double noise;
  int measurements;
  int least_at_global_mode;  ///< of kRuns
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.measurements << " measurements, noise " << c.noise;
}

struct Outcome {
  int stationary = 0;
  int at_global_mode = 0;
  double worst_gain = 0;
};

void run_once(const Case& c, std::uint64_t seed, Outcome& outcome) {
  MixturePrior prior = random_mixture(seed);
  const MatrixOperator op = random_measurements(seed, c.measurements, 32);
  const Tensor y = measure(op, draw(prior, seed), c.noise, seed);
  RunOptions run;
  run.seed = seed;
  const Result result =
      make_vml_map(recommended())->solve(prior, op, y, static_cast<float>(c.noise), run);

  const MixturePosterior posterior(prior, op, to_double(y.values()), c.noise);
  const std::vector<double> end = to_double(result.image.values());
  const double value = posterior.log_density(end);
  const double gain = posterior.log_density(posterior.ascend(end)) - value;
  outcome.worst_gain = std::max(outcome.worst_gain, gain);
  if (gain < kStationary) ++outcome.stationary;
  if (posterior.log_density(posterior.global_mode()) - value < 1) ++outcome.at_global_mode;
}

class VmlMapOnMixture : public testing::TestWithParam<Case> {};

TEST_P(VmlMapOnMixture, EndsAtAModeMostlyTheHighest) {
  const Case& c = GetParam();
  Outcome outcome;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) run_once(c, seed, outcome);
  RecordProperty("stationary", outcome.stationary);
  RecordProperty("at_global_mode", outcome.at_global_mode);
  std::printf(
      "mixture, noise %.2f, %2d measurements, %d runs: %d stationary (local ascent gains at most "
      "%.4f nat), %d within 1 nat of the global mode\n",
      c.noise, c.measurements, kRuns, outcome.stationary, outcome.worst_gain,
      outcome.at_global_mode);
  EXPECT_EQ(outcome.stationary, kRuns);
  EXPECT_GE(outcome.at_global_mode, c.least_at_global_mode);
}

INSTANTIATE_TEST_SUITE_P(Settings, VmlMapOnMixture,
                         testing::Values(Case{0.05, 16, 95}, Case{0.3, 16, 95}, Case{0.05, 8, 75},
                                         Case{0.3, 8, 75}));

// The preconditioner is what makes low noise work: the plain gradient does not arrive in time.
TEST(VmlMapOnMixture, PlainGradientStopsShort) {
  MixturePrior prior = random_mixture(1);
  const MatrixOperator op = random_measurements(1, 16, 32);
  const Tensor y = measure(op, draw(prior, 1), 0.05, 1);
  const MixturePosterior posterior(prior, op, to_double(y.values()), 0.05);
  const auto gap = [&](VmlMapOptions::Preconditioner preconditioner) {
    VmlMapOptions options = recommended();
    options.preconditioner = preconditioner;
    const Result result = make_vml_map(options)->solve(prior, op, y, 0.05F, {});
    const std::vector<double> end = to_double(result.image.values());
    return posterior.log_density(posterior.global_mode()) - posterior.log_density(end);
  };
  EXPECT_LT(gap(VmlMapOptions::Preconditioner::normal), 0.05);
  EXPECT_GT(gap(VmlMapOptions::Preconditioner::none), 0.5);
}

}  // namespace
}  // namespace modeseek
