#pragma once

#include <span>
#include <vector>

#include "modeseek/prior.hpp"
#include "priors/analytic.hpp"

namespace modeseek {

/// sum_k w_k N(mean_k, v_k I). Given x at noise level s, component k has the responsibility
/// r_k ~ w_k N(x; mean_k, (v_k + s^2) I) and the mean m_k = mean_k + v_k / (v_k + s^2)(x - mean_k):
/// D = sum r_k m_k, J = sum r_k [ v_k / (v_k + s^2) I + (m_k - D)(m_k - D)^T / s^2 ].
class MixturePrior final : public AnalyticDenoiser {
 public:
  /// Weights are normalised. Throws InvalidArgument for no components, means of different length, a
  /// weight or variance that is not finite or negative (a weight of zero too).
  explicit MixturePrior(std::vector<MixtureComponent> components);

  const std::vector<MixtureComponent>& components() const noexcept { return components_; }

  /// r_k, which sum to 1. sigma = 0 needs positive variances.
  std::vector<double> responsibilities(std::span<const double> x, double sigma) const;

  std::vector<double> mean_given(std::span<const double> x, double sigma) const override;
  std::vector<double> jacobian_product(std::span<const double> x, double sigma,
                                       std::span<const double> v) const override;
  double log_density(std::span<const double> x, double sigma) const override;

 protected:
  std::uint64_t parameter_bytes() const override;

 private:
  /// log(w_k N(x; mean_k, (v_k + sigma^2) I)) of every component.
  std::vector<double> log_terms(std::span<const double> x, double sigma) const;
  /// m_k
  std::vector<double> component_mean(std::size_t k, std::span<const double> x, double sigma) const;

  std::vector<MixtureComponent> components_;
};

}  // namespace modeseek
