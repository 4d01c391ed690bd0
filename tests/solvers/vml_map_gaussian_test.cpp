// On a Gaussian prior the minimiser of the loss has D = the posterior mode at every noise level, so
// every combination of options that converges must reach the closed form.
#include <gtest/gtest.h>

#include <cstdio>
#include <ostream>
#include <string>
#include <vector>

#include "modeseek/solver.hpp"
#include "solvers/gaussian_problem.hpp"

namespace modeseek {
namespace {

using testing_support::gaussian_problem;
using testing_support::GaussianProblem;
using testing_support::relative_error;
using Direction = VmlMapOptions::Direction;
using Preconditioner = VmlMapOptions::Preconditioner;

struct Case {
  std::string name;
  VmlMapOptions options;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

/// Levels near the prior's standard deviations (0.3 to 1), where every direction converges fast.
VmlMapOptions base(int inner_steps) {
  VmlMapOptions options;
  options.steps = 6;
  options.inner_steps = inner_steps;
  options.sigma_max = 10;
  options.sigma_min = 0.6F;
  options.renoise = 0;
  return options;
}

std::vector<Case> cases() {
  std::vector<Case> result;
  for (const Direction direction : {Direction::jacobian_free, Direction::vjp}) {
    for (const Preconditioner preconditioner : {Preconditioner::normal, Preconditioner::none}) {
      for (const float renoise : {0.0F, 0.5F, 1.0F}) {
        for (const float step_size : {0.5F, 1.0F}) {
          const bool vjp = direction == Direction::vjp;
          const bool plain = preconditioner == Preconditioner::none;
          VmlMapOptions options = base(plain ? 3000 : 800);
          options.direction = direction;
          options.preconditioner = preconditioner;
          options.renoise = renoise;
          options.step_size = step_size;
          result.push_back({std::string(vjp ? "vjp" : "free") + (plain ? "_plain" : "_normal") +
                                "_renoise" + std::to_string(static_cast<int>(10 * renoise)) +
                                "_gamma" + std::to_string(static_cast<int>(10 * step_size)),
                            options});
        }
      }
    }
  }
  for (const Direction direction : {Direction::jacobian_free, Direction::vjp}) {
    VmlMapOptions options = base(1600);
    options.direction = direction;
    options.prior_deviation = 0.5F;
    result.push_back(
        {std::string(direction == Direction::vjp ? "vjp" : "free") + "_prior_deviation", options});
  }
  VmlMapOptions full = base(300);
  full.direction = Direction::vjp;
  full.covariance_probes = 1;  // J is constant: the traces have no gradient
  result.push_back({"full_loss", full});
  return result;
}

class VmlMapOnGaussian : public testing::TestWithParam<Case> {};

TEST_P(VmlMapOnGaussian, ReachesTheClosedForm) {
  const VmlMapOptions& options = GetParam().options;
  // The plain gradient converges like the condition number of H^T H / noise^2 + C^-1: less noise
  // would only take more steps.
  const bool plain = options.preconditioner == Preconditioner::none;
  GaussianProblem problem = gaussian_problem(1, 12, 6, plain ? 0.5 : 0.05);
  RunOptions run;
  run.seed = 3;
  const Result result = make_vml_map(options)->solve(problem.prior, problem.op, problem.y,
                                                     static_cast<float>(problem.noise), run);
  const double error = relative_error(result.image, problem.mode);
  RecordProperty("relative_error", std::to_string(error));
  std::printf("Gaussian prior, %s: relative error %.1e\n", GetParam().name.c_str(), error);
  EXPECT_LE(error, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Options, VmlMapOnGaussian, testing::ValuesIn(cases()),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace modeseek
