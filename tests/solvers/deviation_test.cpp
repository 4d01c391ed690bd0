#include "solvers/deviation.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "modeseek/solver.hpp"
#include "solvers/gaussian_problem.hpp"
#include "solvers/mixture_posterior.hpp"

namespace modeseek {
namespace {

using namespace testing_support;

Tensor deviation_of(GaussianProblem& problem, int probes, std::uint64_t seed = 1) {
  RunOptions run;
  run.seed = seed;
  run.deviation_probes = probes;
  return *make_vml_map({})
              ->solve(problem.prior, problem.op, problem.y, static_cast<float>(problem.noise), run)
              .deviation;
}

class DeviationAtNoise : public testing::TestWithParam<double> {};

TEST_P(DeviationAtNoise, MatchesTheGaussianPosterior) {
  GaussianProblem problem = gaussian_problem(3, 40, 20, GetParam());
  const Tensor deviation = deviation_of(problem, 4000);
  for (std::size_t i = 0; i < problem.variances.size(); ++i) {
    const double expected = std::sqrt(problem.variances[i]);
    EXPECT_NEAR(static_cast<double>(deviation.values()[i]), expected, 0.1 * expected) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Noise, DeviationAtNoise, testing::Values(1e-3, 0.05, 0.5));

/// Sees the first `rows` of `columns` entries.
MatrixOperator first_entries(std::int64_t rows, std::int64_t columns) {
  std::vector<double> matrix(static_cast<std::size_t>(rows * columns), 0.0);
  for (std::int64_t i = 0; i < rows; ++i) matrix[static_cast<std::size_t>(i * columns + i)] = 1;
  return MatrixOperator(std::move(matrix), rows, columns);
}

TEST(Deviation, MeasuredEntriesAreCertainMissingOnesAreNot) {
  std::vector<double> covariance(16, 0.0);
  for (std::size_t i = 0; i < 4; ++i) covariance[i * 5] = 0.04;
  GaussianPrior prior({0, 0, 0, 0}, covariance);
  const MatrixOperator op = first_entries(2, 4);
  RunOptions run;
  run.deviation_probes = 8;
  const Tensor y({1, 1, 1, 2}, 0.3F);
  const Result result = make_vml_map({})->solve(prior, op, y, 0.002F, run);
  ASSERT_TRUE(result.deviation);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(result.deviation->values()[i], 0.002F, 1e-4F);
    EXPECT_NEAR(result.deviation->values()[i + 2], 0.2F, 2e-3F);
  }
}

TEST(Deviation, ErrorFallsWithProbes) {
  GaussianProblem problem = gaussian_problem(5, 10, 5, 0.1);
  const auto rms_error = [&](int probes) {
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Tensor deviation = deviation_of(problem, probes, seed);
      for (std::size_t i = 0; i < problem.variances.size(); ++i) {
        const auto d = static_cast<double>(deviation.values()[i]);
        sum += std::pow(d * d - problem.variances[i], 2);
      }
    }
    return std::sqrt(sum);
  };
  EXPECT_LT(rms_error(64), 0.4 * rms_error(4));
}

}  // namespace
}  // namespace modeseek
