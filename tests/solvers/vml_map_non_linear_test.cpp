// A non-linear measurement of a Gaussian: the Gauss-Newton form must end where a local optimiser of
// the posterior density, which knows nothing of it, ends too.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "modeseek/solver.hpp"
#include "operators/non_linear.hpp"
#include "operators/operators.hpp"
#include "solvers/gaussian_problem.hpp"

namespace modeseek {
namespace {

using testing_support::gaussian_problem;
using testing_support::GaussianProblem;
using testing_support::MatrixOperator;
using Direction = VmlMapOptions::Direction;

constexpr double kBend = 0.15;

/// A(x) = z + 0.15 z^2 entry by entry, z = H x.
class Bent final : public NonLinearOperator {
 public:
  explicit Bent(const MatrixOperator& op) : NonLinearOperator(op.domain(), op.range()), op_(op) {}

  double norm() const override { return 2 * op_.norm(); }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y = op_.apply(x);
    for (float& z : y.values()) z += static_cast<float>(kBend) * z * z;
    return y;
  }
  std::unique_ptr<Operator> derivative(const Tensor& x) const override {
    Tensor slopes = op_.apply(x);
    for (float& z : slopes.values()) z = 1 + 2 * static_cast<float>(kBend) * z;
    std::vector<std::unique_ptr<Operator>> parts;
    parts.push_back(std::make_unique<MatrixOperator>(op_.matrix(), range().w, domain().w));
    parts.push_back(make_diagonal(std::move(slopes)));
    return make_chain(std::move(parts));
  }

 private:
  const MatrixOperator& op_;
};

/// -log p(x|y) up to a constant, in double.
double energy(const GaussianProblem& problem, const Tensor& y, const std::vector<double>& x) {
  const auto& h = problem.op.matrix();
  double misfit = 0;
  for (std::size_t row = 0; row < y.values().size(); ++row) {
    double z = 0;
    for (std::size_t j = 0; j < x.size(); ++j) z += h[row * x.size() + j] * x[j];
    misfit += std::pow(z + kBend * z * z - static_cast<double>(y.values()[row]), 2);
  }
  return 0.5 * misfit / (problem.noise * problem.noise) - problem.prior.log_density(x, 0);
}

/// Coordinate descent with shrinking steps: slow, and free of derivatives.
std::vector<double> optimise(const std::function<double(const std::vector<double>&)>& f,
                             std::vector<double> x) {
  double best = f(x);
  for (double step = 1e-2; step > 1e-7; step /= 2) {
    for (bool better = true; better;) {
      better = false;
      for (double& coordinate : x) {
        for (const double move : {step, -step}) {
          coordinate += move;
          const double value = f(x);
          if (value < best) {
            best = value;
            better = true;
          } else {
            coordinate -= move;
          }
        }
      }
    }
  }
  return x;
}

class VmlMapOnBentMeasurements : public testing::TestWithParam<Direction> {};

TEST_P(VmlMapOnBentMeasurements, ReachesTheMode) {
  GaussianProblem problem = gaussian_problem(1, 8, 5, 0.2);
  const Bent op(problem.op);
  // y of the linear problem, bent alike.
  Tensor y = problem.y;
  for (float& value : y.values()) value += static_cast<float>(kBend) * value * value;
  VmlMapOptions options;
  options.direction = GetParam();
  options.steps = 6;
  options.inner_steps = 600;
  options.sigma_min = 0.6F;
  options.step_size = 0.5F;
  const auto noise = static_cast<float>(problem.noise);
  const Result result = make_vml_map(options)->solve(problem.prior, op, y, noise, {});
  EXPECT_LE(result.certificates[0].stationarity, 1e-3);
  const std::vector<double> found(result.image.values().begin(), result.image.values().end());
  const auto f = [&](const std::vector<double>& x) { return energy(problem, y, x); };
  const std::vector<double> mode = optimise(f, found);
  double moved = 0;
  double size = 0;
  for (std::size_t i = 0; i < mode.size(); ++i) {
    moved += std::pow(mode[i] - found[i], 2);
    size += std::pow(mode[i], 2);
  }
  EXPECT_LE(std::sqrt(moved / size), 2e-3);
  // Not the mode of the linearised problem, which lies elsewhere.
  EXPECT_GT(testing_support::relative_error(result.image, problem.mode), 5e-3);
}

INSTANTIATE_TEST_SUITE_P(Directions, VmlMapOnBentMeasurements,
                         testing::Values(Direction::jacobian_free, Direction::vjp));

TEST(VmlMapOnBentMeasurements, SamplesAreIndependent) {
  GaussianProblem problem = gaussian_problem(2, 8, 5, 0.2);
  const Bent op(problem.op);
  const Tensor other = 0.5F * problem.y;
  VmlMapOptions options;
  options.direction = Direction::vjp;
  options.steps = 3;
  options.inner_steps = 4;
  options.covariance_probes = 1;
  RunOptions run;
  run.sample_seeds = {5, 6};
  run.deviation_probes = 1;
  const auto solver = make_vml_map(options);
  const std::vector<Tensor> both{problem.y, other};
  const Result batch = solver->solve(problem.prior, op, concat_samples(both), 0.2F, run);
  run.sample_seeds = {6};
  const Result alone = solver->solve(problem.prior, op, other, 0.2F, run);
  EXPECT_EQ(norm(batch.image.copy_sample(1) - alone.image), 0.0);
  EXPECT_EQ(norm(batch.deviation->copy_sample(1) - *alone.deviation), 0.0);
  EXPECT_EQ(batch.certificates[1].stationarity, alone.certificates[0].stationarity);
}

}  // namespace
}  // namespace modeseek
