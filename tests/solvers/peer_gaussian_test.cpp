#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "solvers/peer_problem.hpp"
#include "solvers/schedule.hpp"

/// The methods that act linearly under a Gaussian prior, against their recursions for mean and
/// variance, one mode at a time.
namespace modeseek {
namespace {

using namespace testing_support;

constexpr std::int64_t kSamples = 400;
constexpr double kVariance = 0.3;  // of the prior
constexpr double kGain = 0.5;      // singular value of the measured modes
constexpr double kLevel = 0.4;     // y
constexpr double kMeasured = kLevel / kGain;

struct Moments {
  double mean = 0;
  double variance = 0;
};

/// x' = a x + b + c z for independent z.
struct Step {
  double a = 0;
  double b = 0;
  double c = 0;
};

Moments after(const Moments& x, const Step& step) {
  return {step.a * x.mean + step.b, step.a * step.a * x.variance + step.c * step.c};
}

/// D = k x at noise level s.
double shrinkage(double s) { return kVariance / (kVariance + s * s); }

/// One mode's step from level s to level t, h its singular value.
using Rule = std::function<Step(double h, double s, double t)>;

Moments predicted(const Rule& rule, double h, const Moments& start,
                  const std::vector<float>& levels) {
  Moments x = start;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    x = after(x, rule(h, static_cast<double>(levels[i]),
                      i + 1 < levels.size() ? static_cast<double>(levels[i + 1]) : 0.0));
  }
  return x;
}

/// Of the modes that are measured, or of all the others.
struct Observed {
  Moments moments;
  double count = 0;
};

Observed observed(const PeerProblem& problem, const Tensor& images, bool measured) {
  const auto spectral = problem.op->spectral();
  const Tensor modes = spectral->to_modes(images);
  Observed result;
  double squares = 0;
  for (std::int64_t n = 0; n < images.shape().n; ++n) {
    for (std::size_t k = 0; k < 64; ++k) {
      if ((spectral->singular_values().values()[k] > 0) != measured) continue;
      const auto value = static_cast<double>(modes.sample(n)[k]);
      result.moments.mean += value;
      squares += value * value;
      ++result.count;
    }
  }
  result.moments.mean /= result.count;
  result.moments.variance = squares / result.count - std::pow(result.moments.mean, 2);
  return result;
}

/// Within 5 standard errors.
void expect_moments(const Observed& found, const Moments& expected) {
  EXPECT_NEAR(found.moments.mean, expected.mean,
              5 * std::sqrt(expected.variance / found.count) + 1e-5);
  EXPECT_NEAR(found.moments.variance, expected.variance,
              5 * expected.variance * std::sqrt(2 / found.count) + 1e-8);
}

void expect_recursion(const std::string& spec, float noise, const Rule& rule,
                      const Moments& measured_start, const Moments& free_start,
                      const std::vector<float>& levels) {
  SCOPED_TRACE(spec);
  const PeerProblem problem = peer_problem(noise, kVariance, static_cast<float>(kLevel), kSamples);
  const Tensor images = problem.solve(spec.c_str(), seeded(kSamples)).image;
  expect_moments(observed(problem, images, true), predicted(rule, kGain, measured_start, levels));
  expect_moments(observed(problem, images, false), predicted(rule, 0, free_start, levels));
}

Moments at_level(float s) { return {0, static_cast<double>(s) * static_cast<double>(s)}; }

// 5 to 0.2: the run ends where the noise still shows, so that the variances are not all prior's.
const char* const kLevels = "steps=8,sigma_max=5,sigma_min=0.2";
std::vector<float> levels() { return vp_schedule(8, 5.0F, 0.2F); }

TEST(GaussianPeers, Ddrm) {
  const double eta = 0.7;
  for (const float noise : {0.02F, 0.4F, 1.5F}) {
    for (const double eta_b : {1.0, 0.8}) {
      const double sy = static_cast<double>(noise);
      const Rule rule = [&](double h, double s, double t) -> Step {
        const double k = shrinkage(s);
        const double kept = std::sqrt(1 - eta * eta) * t;
        if (h == 0) return {k + kept * (1 - k) / s, 0, eta * t};
        if (h * t < sy) {
          return {k - kept * h / sy * k, kept * h / sy * kMeasured, eta * t};
        }
        return {(1 - eta_b) * k, eta_b * kMeasured, std::sqrt(t * t - std::pow(eta_b * sy / h, 2))};
      };
      // 0.5 * 5 is above every noise here: the measured modes start at the measurement.
      const Moments start{kMeasured, 25 - std::pow(sy / kGain, 2)};
      expect_recursion("ddrm(eta=0.7,eta_b=" + std::to_string(eta_b) + "," + kLevels + ")", noise,
                       rule, start, at_level(5), levels());
    }
  }
}

TEST(GaussianPeers, DdrmStartsFromNoiseWhereTheMeasurementIsNoisier) {
  const Rule rule = [](double, double s, double) -> Step { return {shrinkage(s), 0, 0}; };
  expect_recursion("ddrm(steps=1,sigma_max=1,sigma_min=1)", 0.7F, rule, at_level(1), at_level(1),
                   {1.0F});
}

TEST(GaussianPeers, DdrmStandsRoundingWhereMeasurementAndLevelMeet) {
  // In float32 h s >= sy and yet s^2 < (sy / h)^2 for h = 1/3.
  const auto op = make_block_mean({1, 1, 9, 9}, 3);
  const auto prior = make_mixture_prior({{1.0, std::vector<double>(81, 0.0), 1.0}});
  const auto solver = make_solver(
      SolverSpec::parse("ddrm(steps=2,sigma_max=1,sigma_min=0.4159716,eta_b=1)"), *op, 0.13865721F);
  const Result result =
      solver->solve(*prior, *op, Tensor(Shape{1, 1, 3, 3}, 0.2F), 0.13865721F, {});
  EXPECT_TRUE(all_finite(result.image));
}

TEST(GaussianPeers, Ddnm) {
  const double eta = 0.85;
  const Rule rule = [&](double h, double s, double t) -> Step {
    const double k = shrinkage(s);
    const double eps = std::sqrt(1 - eta * eta) * t * (1 - k) / s;
    if (h == 0) return {k + eps, 0, eta * t};
    return {eps, kMeasured, eta * t};
  };
  expect_recursion(std::string("ddnm(") + kLevels + ")", 0.1F, rule, at_level(5), at_level(5),
                   levels());
}

TEST(GaussianPeers, DdnmPlus) {
  const double eta = 0.85;
  for (const float noise : {0.05F, 0.6F}) {
    const double sy = static_cast<double>(noise);
    const Rule rule = [&](double h, double s, double t) -> Step {
      const double k = shrinkage(s);
      const double kept = std::sqrt(1 - eta * eta) * t;
      if (h == 0) return {k + kept * (1 - k) / s, 0, eta * t};
      const double weight = t >= sy / h ? 1 : kept * h / sy;
      return {(1 - weight) * k, weight * kMeasured,
              t > sy / h ? std::sqrt(t * t - std::pow(sy / h, 2)) : eta * t};
    };
    expect_recursion(std::string("ddnm+(") + kLevels + ")", noise, rule, at_level(5), at_level(5),
                     levels());
  }
}

TEST(GaussianPeers, PiGdm) {
  for (const double eta : {1.0, 0.4}) {
    const double sy = 0.3;
    const Rule rule = [&](double h, double s, double t) -> Step {
      const double k = shrinkage(s);
      const double c1 = eta * t * std::sqrt(1 - t * t / (s * s));
      const double c2 = std::sqrt(t * t - c1 * c1);
      const double v = h / (h * h + sy * sy * (1 + s * s) / (s * s));  // of y - h D; J = k
      return {k + c2 * (1 - k) / s - k * v * h * k, k * v * h * kMeasured, c1};
    };
    expect_recursion("pigdm(eta=" + std::to_string(eta) + "," + kLevels + ")", 0.3F, rule,
                     at_level(5), at_level(5), levels());
  }
}

// The moments that TMPD projects are exact here: with many levels it samples the posterior.
TEST(GaussianPeers, TmpdSamplesThePosterior) {
  const double sy = 0.2;
  const Rule rule = [&](double h, double s, double t) -> Step {
    const double k = shrinkage(s);
    const double c = sy * sy + s * s * k * h * h;
    const double gain = s * s * k * h / c;  // Dy = D + gain (y - h D)
    const double r = t * t / (s * s);
    const double to_posterior = (1 - gain * h) * k;
    return {r + (1 - r) * to_posterior, (1 - r) * gain * h * kMeasured, t * std::sqrt(1 - r)};
  };
  expect_recursion(std::string("tmpd(") + kLevels + ")", 0.2F, rule, at_level(5), at_level(5),
                   levels());
  const auto fine = vp_schedule(2000, 40.0F, 0.01F);
  const Moments measured = predicted(rule, kGain, at_level(40), fine);
  const double precision = 1 / kVariance + kGain * kGain / (sy * sy);
  EXPECT_NEAR(measured.mean, kGain * kLevel / (sy * sy) / precision, 0.01);
  EXPECT_NEAR(measured.variance, 1 / precision, 0.02 / precision);
}

TEST(GaussianPeers, DapsSamplesWhatItsTwoStepsSay) {
  const double tau = 0.05;
  const double e0 = 2e-4;
  const std::vector<float> levels = [] {
    std::vector<float> all = karras_schedule(7, 5.0F, 0.2F);
    all.pop_back();
    return all;
  }();
  const auto predict = [&](double h) {
    Moments x = at_level(5);
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const auto s = static_cast<double>(levels[i]);
      const auto times = karras_schedule(4, levels[i], 0.01F);
      for (std::size_t k = 0; k + 1 < times.size(); ++k) {
        const auto now = static_cast<double>(times[k]);
        const auto then = static_cast<double>(times[k + 1]);
        x = after(x, {1 + (then - now) / now * (1 - shrinkage(now)), 0, 0});
      }
      // Langevin from xh, x = a xh + b + noise of variance v.
      const double e = e0 * (1 - 0.9 * static_cast<double>(i) / 7);
      double a = 1;
      double b = 0;
      double v = 0;
      for (int k = 0; k < 20; ++k) {
        const double data = 2 * e / (tau * tau) * h;
        const double f = 1 - data * h - e / (s * s);
        a = f * a + e / (s * s);
        b = f * b + data * h * kMeasured;
        v = f * f * v + 2 * e;
      }
      const double next = i + 1 < levels.size() ? static_cast<double>(levels[i + 1]) : 0.0;
      x = {a * x.mean + b, a * a * x.variance + v + next * next};
    }
    return x;
  };
  const PeerProblem problem = peer_problem(0.05F, kVariance, static_cast<float>(kLevel), kSamples);
  const Tensor images =
      problem
          .solve(
              "daps(steps=6,sigma_max=5,sigma_min=0.2,ode_steps=3,langevin_steps=20,tau=0.05,"
              "step_size=2e-4,step_ratio=0.1)",
              seeded(kSamples))
          .image;
  expect_moments(observed(problem, images, true), predict(kGain));
  expect_moments(observed(problem, images, false), predict(0));
}

// With the prior's gradient, MAP-GA ascends the posterior of x0 up to the noise it leaves in.
TEST(GaussianPeers, MapGaReachesTheMode) {
  const float noise = 0.1F;
  const PeerProblem problem = peer_problem(noise, kVariance, static_cast<float>(kLevel));
  const double weight = kGain * kGain / 0.01;
  const double mode = weight / (weight + 1 / kVariance) * kMeasured;
  const auto moments = [&](const char* spec, bool measured) {
    return observed(problem, problem.solve(spec).image, measured).moments;
  };
  // The published step: this prior's curvature is far below what a network's can be.
  const char* full = "map-ga(steps=20,inner_steps=100,sigma_e=0.02,step_size=13.5)";
  EXPECT_NEAR(moments(full, true).mean, mode, 0.01 * mode);
  EXPECT_LT(std::sqrt(moments(full, true).variance), 0.01);
  // Without it, the measured modes go to the measurement, and the free ones stay where they are.
  const char* likelihood = "map-ga(steps=20,inner_steps=100,sigma_e=0.02,prior=no)";
  EXPECT_NEAR(moments(likelihood, true).mean, kMeasured, 1e-3);
  EXPECT_GT(moments(likelihood, false).variance, 20 * moments(full, false).variance);
}

/// At the last levels J keeps what D(., sigma_e) removes: the published step diverges.
TEST(GaussianPeers, MapGaIsStableWhereTheMeasurementIsNoisy) {
  constexpr double kNarrow = 1e-4;  // the prior's variance; sigma_e^2 is the noise's, 0.01
  const PeerProblem problem = peer_problem(0.1F, kNarrow, static_cast<float>(kLevel));
  const Tensor image = problem.solve("map-ga(sigma_min=0.002)").image;
  // Where the ascent's two terms cancel out, for x0 with noise of variance sigma_e^2.
  const double data = kGain * kGain / (1 + kGain * kGain);
  const double fixed = data * kMeasured / (data + 0.01 / (kNarrow + 0.01));
  EXPECT_NEAR(observed(problem, image, true).moments.mean, fixed, 1e-3);
  EXPECT_LT(observed(problem, image, true).moments.variance, 1e-6);
  EXPECT_LT(observed(problem, image, false).moments.variance, 1e-6);
}

TEST(GaussianPeers, NoiseFreeMeasurementsAreMet) {
  const PeerProblem problem = peer_problem(1e-6F);
  const auto residual = [&](const char* spec) {
    return norm(problem.op->apply(problem.solve(spec).image) - problem.y) / norm(problem.y);
  };
  EXPECT_LT(residual("ddnm"), 1e-6);
  EXPECT_LT(residual("ddrm"), 0.02);  // its last step denoises, from a level of 0.01
  EXPECT_LT(residual("ddnm+"), 0.02);
  EXPECT_LT(residual("pigdm"), 0.01);
  EXPECT_LT(residual("tmpd(steps=300)"), 1e-3);
  EXPECT_LT(residual("map-ga(prior=no,steps=10,inner_steps=20)"), 1e-3);
}

}  // namespace
}  // namespace modeseek
