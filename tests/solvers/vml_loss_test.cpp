#include "solvers/vml_loss.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "modeseek/error.hpp"
#include "solvers/evaluator.hpp"
#include "solvers/mixture_posterior.hpp"
#include "solvers/vml_gradient.hpp"

namespace modeseek {
namespace {

using namespace testing_support;

constexpr std::int64_t kUnknowns = 5;
constexpr double kTwoPi = 2 * std::numbers::pi_v<double>;

/// Three overlapping components in five dimensions, so that J depends on x.
MixturePrior small_mixture() {
  Random random(11);
  std::vector<MixtureComponent> components;
  for (const double variance : {0.1, 0.2, 0.4}) {
    MixtureComponent component{1.0 + variance, {}, variance};
    for (int i = 0; i < kUnknowns; ++i) component.mean.push_back(0.7 * random.normal());
    components.push_back(std::move(component));
  }
  return MixturePrior(std::move(components));
}

struct Setting {
  MixturePrior prior = small_mixture();
  MatrixOperator op = random_measurements(2, 3, kUnknowns);
  float noise = 0.4F;
  float sigma = 0.6F;
  Tensor y = measure(op, draw(prior, 3), 0.4, 3);
  Tensor x{Shape{1, 1, 1, kUnknowns}};

  Setting() {
    Random(4).fill_normal(x.values());
    x = 0.8F * std::move(x);
  }
  Problem problem() const { return {op, y, noise}; }
  double log_marginal(const Tensor& at) const {
    return prior.log_density(to_double(at.values()), static_cast<double>(sigma));
  }
  /// The full or the simplified loss.
  double loss(const Tensor& at, bool full) {
    const auto linear = prior.linearize(at, {&sigma, 1});
    const CovarianceTraces traces = full ? exact_traces(*linear, op, sigma) : CovarianceTraces{};
    return vml_value(problem(), sigma, at, linear->value(), log_marginal(at), traces);
  }
  /// Central differences of the loss.
  std::vector<double> numeric_gradient(bool full) {
    const float h = 1e-2F;
    std::vector<double> result;
    for (std::size_t i = 0; i < x.values().size(); ++i) {
      Tensor up = x;
      Tensor down = x;
      up.values()[i] += h;
      down.values()[i] -= h;
      const double width =
          static_cast<double>(up.values()[i]) - static_cast<double>(down.values()[i]);
      result.push_back((loss(up, full) - loss(down, full)) / width);
    }
    return result;
  }
};

/// log N(y; mean, variance I)
double log_normal(std::span<const double> y, std::span<const double> mean, double variance) {
  double result = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    result -= 0.5 * ((y[i] - mean[i]) * (y[i] - mean[i]) / variance + std::log(kTwoPi * variance));
  }
  return result;
}

std::vector<double> times(const MatrixOperator& op, const std::vector<double>& x) {
  std::vector<double> result(op.matrix().size() / x.size(), 0.0);
  for (std::size_t row = 0; row < result.size(); ++row) {
    for (std::size_t j = 0; j < x.size(); ++j)
      result[row] += op.matrix()[row * x.size() + j] * x[j];
  }
  return result;
}

/// log p(y) by importance-free Monte Carlo over the prior is too noisy; the marginal of component k
/// is N(H mean_k, v_k H H^T + noise^2 I), in the eigenbasis of H H^T.
double log_evidence(const Setting& s) {
  const auto rows = static_cast<std::size_t>(s.op.range().sample());
  const auto columns = static_cast<std::size_t>(kUnknowns);
  std::vector<double> gram(rows * rows, 0.0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < rows; ++j) {
      for (std::size_t k = 0; k < columns; ++k) {
        gram[i * rows + j] += s.op.matrix()[i * columns + k] * s.op.matrix()[j * columns + k];
      }
    }
  }
  const SymmetricEigen e = symmetric_eigen(gram, rows);
  double evidence = 0;
  for (const MixtureComponent& component : s.prior.components()) {
    const std::vector<double> centre = times(s.op, component.mean);
    double log_term = std::log(component.weight);
    for (std::size_t k = 0; k < rows; ++k) {
      double projection = 0;
      for (std::size_t i = 0; i < rows; ++i) {
        projection += e.vectors[i * rows + k] * (static_cast<double>(s.y.values()[i]) - centre[i]);
      }
      const double variance = component.variance * e.values[k] +
                              static_cast<double>(s.noise) * static_cast<double>(s.noise);
      log_term -= 0.5 * (projection * projection / variance + std::log(kTwoPi * variance));
    }
    evidence += std::exp(log_term);
  }
  return std::log(evidence);
}

/// A draw from p(x0 | x_s = x): component k with its responsibility, then its Gaussian.
std::vector<double> draw_given(const Setting& s, const std::vector<double>& x, Random& random) {
  const auto sigma = static_cast<double>(s.sigma);
  const std::vector<double> r = s.prior.responsibilities(x, sigma);
  double remaining = random.uniform();
  std::size_t k = 0;
  while (k + 1 < r.size() && remaining > r[k]) remaining -= r[k++];
  const MixtureComponent& component = s.prior.components()[k];
  const double gain = component.variance / (component.variance + sigma * sigma);
  std::vector<double> result(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    result[i] = component.mean[i] + gain * (x[i] - component.mean[i]) +
                sigma * std::sqrt(gain) * random.normal();
  }
  return result;
}

// KL( p(x0|x_s) || p(x0|y) ) as the mean of a log-ratio of normalised densities.
TEST(VmlLoss, ValueIsTheKullbackLeiblerDivergence) {
  Setting s;
  const auto sigma = static_cast<double>(s.sigma);
  const auto noise = static_cast<double>(s.noise);
  const std::vector<double> x = to_double(s.x.values());
  const std::vector<double> y = to_double(s.y.values());
  const double evidence = log_evidence(s);
  const double marginal = s.log_marginal(s.x);
  Random random(5);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 200000;
  for (int i = 0; i < kDraws; ++i) {
    const std::vector<double> x0 = draw_given(s, x, random);
    const double log_prior = s.prior.log_density(x0, 0);
    const double denoising = log_prior + log_normal(x, x0, sigma * sigma) - marginal;
    const double posterior = log_prior + log_normal(y, times(s.op, x0), noise * noise) - evidence;
    sum += denoising - posterior;
    squares += (denoising - posterior) * (denoising - posterior);
  }
  const double mean = sum / kDraws;
  const double error = std::sqrt((squares / kDraws - mean * mean) / kDraws);
  const double constant = evidence +
                          0.5 * static_cast<double>(y.size()) * std::log(kTwoPi * noise * noise) -
                          0.5 * static_cast<double>(x.size()) * std::log(kTwoPi * sigma * sigma);
  const double value = s.loss(s.x, true) + constant;
  EXPECT_GT(value, 0);
  EXPECT_LT(error, 0.02 * value);  // the comparison means something
  EXPECT_NEAR(value, mean, 4 * error);
}

TEST(VmlLoss, GradientOfTheSimplifiedLoss) {
  Setting s;
  const auto at = s.prior.linearize(s.x, {&s.sigma, 1});
  const Tensor scaled = at->pullback(scaled_vml_gradient(s.problem(), s.sigma, s.x, at->value()));
  const std::vector<double> expected = s.numeric_gradient(false);
  const double variance = static_cast<double>(s.noise) * static_cast<double>(s.noise);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(scaled.values()[i]) / variance, expected[i], 1e-3) << i;
  }
}

// The covariance part by itself: what the full loss adds, Hutchinson averaged over many probes.
TEST(VmlLoss, GradientOfTheCovarianceTraces) {
  Setting s;
  const std::vector<double> full = s.numeric_gradient(true);
  const std::vector<double> simplified = s.numeric_gradient(false);
  constexpr int kProbes = 4000;
  Evaluator evaluator(s.prior, {2 * kProbes, 2 * kProbes}, nullptr);
  const SampleNoise noise(RunOptions{}, 1);
  const VmlGradient gradient(s.problem(), VmlMapOptions::Preconditioner::none, 0.0F);
  const Tensor d = s.prior.denoise(s.x, {&s.sigma, 1});
  const Tensor estimate =
      covariance_gradient(evaluator, gradient, noise, s.sigma, s.x, d, kProbes, 0);
  // Without the preconditioner the direction is the gradient times (|H|^2/sy^2 + 1/s^2)^-1.
  const double scale = std::pow(s.op.norm() / static_cast<double>(s.noise), 2) +
                       std::pow(static_cast<double>(s.sigma), -2);
  double size = 0;
  for (std::size_t i = 0; i < full.size(); ++i) {
    size = std::max(size, std::fabs(full[i] - simplified[i]));
  }
  EXPECT_GT(size, 0.05);  // the traces do have a gradient here
  for (std::size_t i = 0; i < full.size(); ++i) {
    EXPECT_NEAR(scale * static_cast<double>(estimate.values()[i]), full[i] - simplified[i],
                0.1 * size)
        << i;
  }
}

TEST(VmlLoss, HutchinsonErrorFallsLikeOneOverRootProbes) {
  Setting s;
  const auto at = s.prior.linearize(s.x, {&s.sigma, 1});
  const CovarianceTraces exact = exact_traces(*at, s.op, s.sigma);
  Random random(6);
  const auto rms_error = [&](int probes) {
    constexpr int kTrials = 400;
    double covariance = 0;
    double measured = 0;
    for (int i = 0; i < kTrials; ++i) {
      const CovarianceTraces traces = hutchinson_traces(*at, s.op, s.sigma, probes, random);
      covariance += std::pow(traces.covariance - exact.covariance, 2);
      measured += std::pow(traces.measured - exact.measured, 2);
    }
    return std::pair(std::sqrt(covariance / kTrials), std::sqrt(measured / kTrials));
  };
  const auto few = rms_error(4);
  const auto many = rms_error(64);  // 16 times the probes: a quarter of the error
  EXPECT_NEAR(few.first / many.first, 4, 0.8);
  EXPECT_NEAR(few.second / many.second, 4, 0.8);
  EXPECT_LT(many.first, 0.1 * exact.covariance);
  EXPECT_LT(many.second, 0.2 * exact.measured);
}

TEST(VmlLoss, HutchinsonNeedsAProbe) {
  Setting s;
  const auto at = s.prior.linearize(s.x, {&s.sigma, 1});
  Random random(1);
  EXPECT_THROW(hutchinson_traces(*at, s.op, s.sigma, 0, random), InvalidArgument);
}

/// sy^2 / v with 1 / v = 1 / s^2 + 1 / p^2, the last term left out for p = 0.
double assumed_lam(const Setting& s, float prior_deviation) {
  const double inverse =
      std::pow(static_cast<double>(s.sigma), -2) +
      (prior_deviation > 0 ? std::pow(static_cast<double>(prior_deviation), -2) : 0.0);
  return static_cast<double>(s.noise) * static_cast<double>(s.noise) * inverse;
}

class Preconditioned : public testing::TestWithParam<float> {};

// P g from the closed form of the header against (H^T H / sy^2 + I / v) u = g.
TEST_P(Preconditioned, DirectionSolvesItsSystem) {
  Setting s;
  const Tensor d = s.prior.denoise(s.x, {&s.sigma, 1});
  const VmlGradient gradient(s.problem(), VmlMapOptions::Preconditioner::normal, GetParam());
  const Tensor u = gradient.direction(s.sigma, s.x, d);
  Tensor left = s.op.adjoint(s.op.apply(u));
  add_scaled(left, static_cast<float>(assumed_lam(s, GetParam())), u);
  EXPECT_LT(norm(left - scaled_vml_gradient(s.problem(), s.sigma, s.x, d)), 1e-5 * norm(left));
}

TEST_P(Preconditioned, WeighedProbeSolvesItsSystem) {
  Setting s;
  const double lam = assumed_lam(s, GetParam());
  const double variance = static_cast<double>(s.noise) * static_cast<double>(s.noise);
  const double half = 0.5 * static_cast<double>(s.sigma) * static_cast<double>(s.sigma);
  // (H^T H + lam I) a = sy^2 M v = (s^2 H^T H v - sy^2 v) / 2
  Tensor expected = static_cast<float>(half) * s.op.adjoint(s.op.apply(s.x));
  add_scaled(expected, static_cast<float>(-0.5 * variance), s.x);
  const VmlGradient gradient(s.problem(), VmlMapOptions::Preconditioner::normal, GetParam());
  const Tensor a = gradient.weigh_probe(s.sigma, s.x, s.x);
  Tensor left = s.op.adjoint(s.op.apply(a));
  add_scaled(left, static_cast<float>(lam), a);
  EXPECT_LT(norm(left - expected), 1e-5 * norm(expected));
}

INSTANTIATE_TEST_SUITE_P(VmlGradient, Preconditioned, testing::Values(0.0F, 0.5F, 2.0F));

}  // namespace
}  // namespace modeseek
