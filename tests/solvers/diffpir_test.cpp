#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/random.hpp"
#include "modeseek/solver.hpp"
#include "solvers/gaussian_problem.hpp"
#include "solvers/mixture_posterior.hpp"
#include "solvers/refusal.hpp"

namespace modeseek {
namespace {

using namespace testing_support;

TEST(DiffPir, OutOfRangeIsNamed) {
  const auto refused = [](const DiffPirOptions& options) {
    return refusal([&] { make_diffpir(options); });
  };
  DiffPirOptions options;
  EXPECT_EQ(refused(options), "accepted");
  options.lambda = 0;
  EXPECT_EQ(refused(options), "lambda: expected a positive number, found 0");
  options = {};
  options.zeta = 2;
  EXPECT_EQ(refused(options), "zeta: expected 0 to 1, found 2");
  options = {};
  options.steps = 0;
  EXPECT_EQ(refused(options), "steps: expected 1 to 100000, found 0");
  options = {};
  options.sigma_max = 0.001F;
  EXPECT_NE(refused(options).find("sigma_min"), std::string::npos);
}

TEST(DiffPir, CountsAndReports) {
  DiffPirOptions options;
  options.steps = 30;
  const auto solver = make_diffpir(options);
  EXPECT_EQ(solver->name(), "diffpir");
  EXPECT_NE(solver->settings().find("steps=30, lambda=1, zeta=1"), std::string::npos);
  EXPECT_EQ(solver->expected_evaluations(), std::pair(30, 0));
  GaussianProblem problem = gaussian_problem(1, 6, 3, 0.1);
  RunOptions run;
  int calls = 0;
  run.progress = [&](const Progress& progress) {
    EXPECT_EQ(progress.done, ++calls);
    EXPECT_EQ(progress.total, 30);
    return true;
  };
  const Result result = solver->solve(problem.prior, problem.op, problem.y, 0.1F, run);
  EXPECT_EQ(calls, 30);
  EXPECT_EQ(result.denoiser_evaluations, 30);
  EXPECT_EQ(result.vjp_evaluations, 0);
  run.progress = [&](const Progress& progress) { return progress.done < 7; };
  EXPECT_THROW(solver->solve(problem.prior, problem.op, problem.y, 0.1F, run), Cancelled);
}

// Two levels, written out: D, data step, renoise, D.
TEST(DiffPir, FollowsItsRule) {
  GaussianProblem problem = gaussian_problem(1, 6, 3, 0.1);
  DiffPirOptions options;
  options.steps = 2;
  options.sigma_max = 2;
  options.sigma_min = 0.5F;
  options.lambda = 3;
  options.zeta = 0;  // no fresh noise: the rule is deterministic after the start
  std::vector<Tensor> estimates;
  RunOptions run;
  run.progress = [&](const Progress& progress) {
    estimates.push_back(*progress.estimate);
    return true;
  };
  const Result result =
      make_diffpir(options)->solve(problem.prior, problem.op, problem.y, 0.1F, run);
  ASSERT_EQ(estimates.size(), 2U);
  // x from D by inverting the Gaussian denoiser is not needed: recover it from the second step.
  // xh = D + H^T (H H^T + rho)^-1 (y - H D) with rho = 3 * 0.1^2 / 2^2; x' = xh + (x - xh) / 4.
  const Tensor& d = estimates[0];
  const Tensor xh = d + problem.op.pseudo_inverse(problem.y - problem.op.apply(d), 3 * 0.01 / 4);
  // The start is what one level alone sees.
  options.steps = 1;
  std::vector<Tensor> first;
  RunOptions single;
  single.progress = [&](const Progress& progress) {
    first.push_back(*progress.estimate);
    return true;
  };
  make_diffpir(options)->solve(problem.prior, problem.op, problem.y, 0.1F, single);
  EXPECT_EQ(norm(first[0] - d), 0);
  // D' = mean + J (x' - mean), so D' - D(xh) = J (x - xh) / 4 with J at 0.5, and x = D^-1(d).
  const float level = 0.5F;
  const auto at = problem.prior.linearize(xh, {&level, 1});
  const Tensor moved = result.image - at->value();
  // Solve for x through s^2 C^-1 (D - mean) = x - D: use J at level 2 by the same identity.
  const float start_level = 2;
  Tensor x = d;
  for (int i = 0; i < 4000; ++i) {
    x = x + (d - problem.prior.denoise(x, {&start_level, 1}));
  }
  const Tensor expected = at->pullback(0.25F * (x - xh));
  EXPECT_LT(norm(moved - expected), 2e-3 * norm(expected));
}

TEST(DiffPir, ExplainsTheMeasurementOnAGaussianPrior) {
  for (const double noise : {1e-9, 0.05}) {
    GaussianProblem problem = gaussian_problem(4, 12, 6, noise);
    for (const float zeta : {1.0F, 0.3F}) {
      DiffPirOptions options;
      options.zeta = zeta;
      const Result result = make_diffpir(options)->solve(problem.prior, problem.op, problem.y,
                                                         static_cast<float>(noise), {});
      EXPECT_TRUE(all_finite(result.image));
      // One noise level of 0.01 remains in the last estimate.
      const double residual = norm(problem.op.apply(result.image) - problem.y) / std::sqrt(6.0);
      EXPECT_LT(residual, 2 * noise + 0.03);
      EXPECT_TRUE(std::isfinite(result.certificates.at(0).stationarity));
    }
  }
}

}  // namespace
}  // namespace modeseek
