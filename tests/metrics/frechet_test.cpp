#include <gtest/gtest.h>

#include <cmath>

#include "metrics/formula_weights.hpp"
#include "modeseek/error.hpp"
#include "modeseek/fid.hpp"

namespace modeseek {
namespace {

constexpr std::int64_t kFeatures = 24;

/// Uniform samples of which feature i reaches 1 + i / 8, times `factor`, plus `shift`.
FeatureStatistics statistics(const std::string& name, std::int64_t count, float factor = 1,
                             float shift = 0) {
  const std::vector<double> u = test::uniform(name, count * kFeatures);
  FeatureStatistics result;
  for (std::int64_t n = 0; n < count; ++n) {
    std::vector<float> features;
    for (std::int64_t i = 0; i < kFeatures; ++i) {
      const double value =
          u[static_cast<std::size_t>(n * kFeatures + i)] * (1 + static_cast<double>(i) / 8);
      features.push_back(factor * static_cast<float>(value) + shift);
    }
    result.add(features);
  }
  return result;
}

// Expected values by SciPy's sqrtm and, where the product is singular, by singular values
// (make_golden.py).
TEST(FrechetDistance, AgreesWithScipy) {
  const FeatureStatistics a = statistics("a", 200);
  const FeatureStatistics b = statistics("b", 150, 0.5F, 0.25F);
  EXPECT_NEAR(frechet_distance(a, b), 17.164864032409, 1e-8);
  EXPECT_NEAR(frechet_distance(b, a), 17.164864032409, 1e-8);
  const FeatureStatistics few = statistics("few", 10);
  EXPECT_NEAR(frechet_distance(few, b), 36.222330315136, 1e-6);
  EXPECT_NEAR(frechet_distance(b, few), 36.222330315136, 1e-6);
}

TEST(FrechetDistance, IsZeroForEqualSetsAndTheDistanceOfEqualSetsThatAreApart) {
  const FeatureStatistics a = statistics("a", 200);
  EXPECT_NEAR(frechet_distance(a, a), 0.0, 1e-7);
  EXPECT_NEAR(frechet_distance(a, statistics("a", 200, 1, 0.5F)), kFeatures * 0.25, 1e-5);
  const FeatureStatistics few = statistics("few", 10);
  EXPECT_NEAR(frechet_distance(few, few), 0.0, 1e-6);
}

TEST(FrechetDistance, TakesSetsWithoutSpread) {
  FeatureStatistics a;
  FeatureStatistics b;
  for (int i = 0; i < 2; ++i) {
    a.add(std::vector<float>{1, 2});
    b.add(std::vector<float>{1, 4});
  }
  EXPECT_NEAR(frechet_distance(a, b), 4.0, 1e-12);
}

TEST(FeatureStatistics, AreThoseOfTheDefinition) {
  FeatureStatistics s;
  for (const auto& sample : {std::vector<float>{1, 2}, {3, 3}, {5, 10}}) s.add(sample);
  EXPECT_EQ(s.mean(), (std::vector<double>{3, 5}));
  const std::vector<double> covariance = s.covariance();
  EXPECT_NEAR(covariance[0], 4, 1e-12);
  EXPECT_NEAR(covariance[1], 8, 1e-12);
  EXPECT_NEAR(covariance[2], 8, 1e-12);
  EXPECT_NEAR(covariance[3], 19, 1e-12);
}

TEST(FeatureStatistics, RefuseWhatHasNoCovariance) {
  FeatureStatistics s;
  EXPECT_THROW(s.covariance(), InvalidArgument);
  s.add(std::vector<float>{1, 2});
  EXPECT_THROW(s.covariance(), InvalidArgument);
  EXPECT_THROW(s.add(std::vector<float>{1}), InvalidArgument);
  EXPECT_THROW(s.add(std::vector<float>{1, std::nanf("")}), InvalidArgument);
  EXPECT_EQ(s.count(), 1);
  FeatureStatistics other;
  other.add(std::vector<float>{1});
  EXPECT_THROW(frechet_distance(s, other), InvalidArgument);
}

}  // namespace
}  // namespace modeseek
