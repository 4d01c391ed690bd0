#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>

#include "modeseek/error.hpp"
#include "solvers/peer_problem.hpp"

/// What every solver of the registry keeps, whatever its method.
namespace modeseek {
namespace {

using namespace testing_support;

/// Refuses noise levels outside a narrow range.
class NarrowPrior final : public Denoiser {
 public:
  explicit NarrowPrior(Denoiser& inner) : inner_(inner) {}
  Tensor denoise(const Tensor& x, std::span<const float> sigma) override {
    check(sigma);
    return inner_.denoise(x, sigma);
  }
  std::unique_ptr<Linearization> linearize(const Tensor& x, std::span<const float> sigma) override {
    check(sigma);
    return inner_.linearize(x, sigma);
  }
  ImageConstraints constraints() const override { return inner_.constraints(); }
  NoiseRange noise_range() const override { return {0.05F, 4.0F}; }
  std::uint64_t memory_bytes(const Shape& shape, bool vjp) const override {
    return inner_.memory_bytes(shape, vjp);
  }

 private:
  static void check(std::span<const float> sigma) {
    for (const float s : sigma) {
      if (s < 0.05F || s > 4.0F) throw InvalidArgument("level " + std::to_string(s));
    }
  }

  Denoiser& inner_;
};

class EverySolver : public testing::TestWithParam<const char*> {};

TEST_P(EverySolver, TakesTheEvaluationsThatItStates) {
  const PeerProblem problem = peer_problem(0.05F);
  const auto solver = make_solver(SolverSpec::parse(GetParam()), *problem.op, problem.noise);
  const auto [forward, vjp] = solver->expected_evaluations();
  RunOptions run;
  int last = 0;
  run.progress = [&, total = forward + 2 * vjp](const Progress& progress) {
    EXPECT_GT(progress.done, last);
    EXPECT_EQ(progress.total, total);
    EXPECT_NE(progress.estimate, nullptr);
    last = progress.done;
    return true;
  };
  const Result result = problem.solve(*solver, run);
  EXPECT_EQ(result.denoiser_evaluations, forward);
  EXPECT_EQ(result.vjp_evaluations, vjp);
  EXPECT_EQ(last, forward + 2 * vjp);
  EXPECT_TRUE(all_finite(result.image));
  ASSERT_EQ(result.certificates.size(), 1U);
  const double residual = norm(problem.op->apply(result.image) - problem.y) / 4;
  EXPECT_NEAR(result.certificates[0].residual_ratio, residual / 0.05, 1e-3 * residual / 0.05);
  EXPECT_TRUE(std::isfinite(result.certificates[0].stationarity));
}

TEST_P(EverySolver, FollowsTheSeedAndNotTheBatch) {
  const PeerProblem problem = peer_problem(0.05F, 0.3, 0.4F, 3);
  const auto solver = make_solver(SolverSpec::parse(GetParam()), *problem.op, problem.noise);
  const Result batch = problem.solve(*solver, seeded(3));
  const PeerProblem single = peer_problem(0.05F);
  RunOptions run;
  run.seed = 101;
  const Result alone = single.solve(*solver, run);
  EXPECT_TRUE(std::equal(alone.image.values().begin(), alone.image.values().end(),
                         batch.image.sample(1).begin()));
  EXPECT_EQ(norm(single.solve(*solver, run).image - alone.image), 0);
  run.seed = 7;
  EXPECT_GT(norm(single.solve(*solver, run).image - alone.image), 1e-4);
}

TEST_P(EverySolver, StaysInThePriorsNoiseRange) {
  const PeerProblem problem = peer_problem(0.05F);
  NarrowPrior narrow(*problem.prior);
  const auto solver = make_solver(SolverSpec::parse(GetParam()), *problem.op, problem.noise);
  const Result result = solver->solve(narrow, *problem.op, problem.y, problem.noise, {});
  EXPECT_TRUE(all_finite(result.image));
}

TEST_P(EverySolver, StopsWhenAsked) {
  const PeerProblem problem = peer_problem(0.05F);
  RunOptions run;
  run.progress = [](const Progress& progress) { return progress.done < 3; };
  EXPECT_THROW(problem.solve(GetParam(), run), Cancelled);
}

TEST_P(EverySolver, ReportsTheDeviationWhenAsked) {
  const PeerProblem problem = peer_problem(0.05F);
  RunOptions run;
  run.deviation_probes = 2;
  const Result result = problem.solve(GetParam(), run);
  ASSERT_TRUE(result.deviation.has_value());
  EXPECT_EQ(result.deviation->shape(), result.image.shape());
}

TEST_P(EverySolver, RefusesAMeasurementOfAnotherShape) {
  const PeerProblem problem = peer_problem(0.05F);
  const auto solver = make_solver(SolverSpec::parse(GetParam()), *problem.op, problem.noise);
  EXPECT_THROW(solver->solve(*problem.prior, *problem.op, Tensor({1, 1, 3, 4}), 0.05F, {}),
               InvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(Peers, EverySolver,
                         testing::Values("ddrm(steps=6)", "ddnm(steps=6)", "ddnm+(steps=6)",
                                         "pigdm(steps=6)", "pigdm(steps=6,eta=0,spacing=karras)",
                                         "dps(steps=8)", "diffpir(steps=6)",
                                         "daps(steps=4,langevin_steps=5)", "red-diff(steps=6)",
                                         "tmpd(steps=6)", "map-ga(steps=4,inner_steps=3)",
                                         "map-ga(steps=4,inner_steps=3,prior=no)"));

}  // namespace
}  // namespace modeseek
