#include "networks/score_preconditioning.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "modeseek/error.hpp"

namespace modeseek::networks {
namespace {

double noise_level(const std::vector<double>& alpha_bars, std::size_t timestep) {
  return std::sqrt((1 - alpha_bars[timestep]) / alpha_bars[timestep]);
}

DiscreteSchedule linear_schedule() {
  return {"linear", alpha_bars(linear_betas(0.0001, 0.02, 1000))};
}

TEST(DiscretePreconditioning, MeetsEveryTimestepAtItsNoiseLevel) {
  const DiscreteSchedule schedule = linear_schedule();
  const Preconditioning p = discrete_preconditioning(schedule, Prediction::epsilon);
  for (const std::size_t t : {0U, 1U, 250U, 998U, 999U}) {
    const Coefficients c = p.at(noise_level(schedule.alpha_bars, t));
    EXPECT_NEAR(c.conditioning.at(0), static_cast<double>(t), 1e-3) << t;
  }
  // Ho et al. 2020: the last level of the linear schedule is abar = 4e-5.
  EXPECT_NEAR(p.range.max, 157.4, 0.1);
  EXPECT_NEAR(p.range.min, 0.01, 1e-4);
}

TEST(DiscretePreconditioning, InterpolatesInLogSigmaAndHoldsAtTheEnds) {
  const DiscreteSchedule schedule = linear_schedule();
  const Preconditioning p = discrete_preconditioning(schedule, Prediction::epsilon);
  const double between =
      std::sqrt(noise_level(schedule.alpha_bars, 400) * noise_level(schedule.alpha_bars, 401));
  EXPECT_NEAR(p.at(between).conditioning.at(0), 400.5, 1e-3);
  EXPECT_EQ(p.at(1e-5).conditioning.at(0), 0.0F);
  EXPECT_EQ(p.at(1e5).conditioning.at(0), 999.0F);
}

TEST(DiscretePreconditioning, ScalesTimestepsWhereTheNetworkExpectsIt) {
  DiscreteSchedule schedule{"linear", alpha_bars(linear_betas(0.000025, 0.005, 4000)), 0.25};
  const Preconditioning p = discrete_preconditioning(schedule, Prediction::epsilon);
  EXPECT_NEAR(p.at(noise_level(schedule.alpha_bars, 2000)).conditioning.at(0), 500, 1e-2);
}

/// For a network that is right about x0 and the noise, every kind of prediction gives back x0.
TEST(DiscretePreconditioning, EveryPredictionRecoversTheImage) {
  const double x0 = 0.3;
  const double noise = -1.2;
  const double sigma = 0.7;
  const double x = x0 + sigma * noise;
  const double alpha = 1 / std::hypot(1.0, sigma);
  const double velocity = alpha * noise - sigma * alpha * x0;
  const auto recovered = [&](Prediction kind, double output) {
    const Coefficients c = discrete_preconditioning(linear_schedule(), kind).at(sigma);
    EXPECT_DOUBLE_EQ(c.in, alpha);
    return c.skip * x + c.out * output;
  };
  EXPECT_NEAR(recovered(Prediction::epsilon, noise), x0, 1e-12);
  EXPECT_NEAR(recovered(Prediction::sample, x0), x0, 1e-12);
  EXPECT_NEAR(recovered(Prediction::velocity, velocity), x0, 1e-12);
}

TEST(DiscretePreconditioning, RefusesSchedulesThatDoNotAddNoise) {
  EXPECT_THROW(alpha_bars({0.1, 0.0}), InvalidArgument);
  EXPECT_THROW(alpha_bars({0.1, std::nan("")}), InvalidArgument);
  EXPECT_THROW(discrete_preconditioning({"flat", {0.9, 0.9}}, Prediction::epsilon),
               InvalidArgument);
  EXPECT_THROW(discrete_preconditioning({"empty", {}}, Prediction::epsilon), InvalidArgument);
}

TEST(ScorePreconditioning, VpInvertsItsSchedule) {
  const VpSchedule schedule;
  const double time = 0.37;
  const double sigma =
      std::sqrt(std::expm1(0.5 * schedule.beta_d * time * time + schedule.beta_min * time));
  const Coefficients c = vp_preconditioning(schedule, {}).at(sigma);
  EXPECT_NEAR(c.conditioning.at(0), 999 * time, 1e-3);
  EXPECT_EQ(c.skip, 1);
  EXPECT_EQ(c.out, -sigma);
}

TEST(ScorePreconditioning, IddpmTakesTheNearestLevel) {
  const std::vector<float> levels = iddpm_levels(0.001, 0.008, 1000);
  ASSERT_EQ(levels.size(), 1001U);
  EXPECT_EQ(levels.back(), 0.0F);
  const Preconditioning p = iddpm_preconditioning(levels);
  const auto timestep = [&p](double sigma) { return p.at(sigma).conditioning.at(0); };
  const auto [a, b] = std::pair{static_cast<double>(levels[500]), static_cast<double>(levels[501])};
  EXPECT_EQ(timestep(a), 499.0F);
  EXPECT_EQ(timestep(0.6 * a + 0.4 * b), 499.0F);
  EXPECT_EQ(timestep(0.4 * a + 0.6 * b), 498.0F);
}

}  // namespace
}  // namespace modeseek::networks
