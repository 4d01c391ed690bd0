#pragma once

#include <span>
#include <vector>

#include "core/symmetric_eigen.hpp"
#include "priors/mixture.hpp"
#include "solvers/matrix_operator.hpp"

namespace modeseek::testing_support {

/// p(x0|y) of a mixture prior under y = H x0 + noise n, in double.
class MixturePosterior {
 public:
  MixturePosterior(const MixturePrior& prior, const MatrixOperator& op, std::vector<double> y,
                   double noise);

  /// log p(x) - |y - H x|^2 / (2 noise^2): the log-posterior up to a constant.
  double log_density(std::span<const double> x) const;
  /// Local maximisation by expectation maximisation, which never descends, until nothing is gained.
  std::vector<double> ascend(std::vector<double> x) const;
  /// The best of the ascents from every component's mean.
  std::vector<double> global_mode() const;

 private:
  std::vector<double> maximisation_step(std::span<const double> x) const;

  const MixturePrior& prior_;
  const std::vector<double>& matrix_;
  std::vector<double> y_;
  double precision_;  ///< 1 / noise^2
  std::vector<double> back_projected_;
  SymmetricEigen normal_;  ///< of H^T H
};

/// 12 components in 32 dimensions: standard normal means, standard deviations 0.1 to 0.3, weights
/// 0.5 to 1.5 before normalisation.
MixturePrior random_mixture(std::uint64_t seed);

/// A draw from the prior.
std::vector<double> draw(const MixturePrior& prior, std::uint64_t seed);

/// H x + noise n, rounded to float32.
Tensor measure(const MatrixOperator& op, const std::vector<double>& x, double noise,
               std::uint64_t seed);

std::vector<double> to_double(std::span<const float> values);

}  // namespace modeseek::testing_support
