#pragma once

#include <span>
#include <vector>

#include "core/symmetric_eigen.hpp"
#include "priors/analytic.hpp"

namespace modeseek {

/// N(mean, C) with C = V diag(l) V^T: D = mean + J (x - mean), J = V diag(l / (l + sigma^2)) V^T,
/// p_sigma = N(mean, C + sigma^2 I). One eigendecomposition serves every noise level.
class GaussianPrior final : public AnalyticDenoiser {
 public:
  /// `covariance` row-major. Throws InvalidArgument when it is not mean.size() squared, not finite,
  /// not symmetric (1e-9 relative) or not positive semi-definite (eigenvalues below -1e-9 of the
  /// largest).
  GaussianPrior(std::vector<double> mean, const std::vector<double>& covariance);

  std::vector<double> mean_given(std::span<const double> x, double sigma) const override;
  std::vector<double> jacobian_product(std::span<const double> x, double sigma,
                                       std::span<const double> v) const override;
  double log_density(std::span<const double> x, double sigma) const override;

 protected:
  std::uint64_t parameter_bytes() const override;

 private:
  /// V^T v.
  std::vector<double> to_eigenbasis(std::span<const double> v) const;
  /// V v.
  std::vector<double> from_eigenbasis(std::span<const double> v) const;

  std::vector<double> mean_;
  SymmetricEigen eigen_;
};

}  // namespace modeseek
