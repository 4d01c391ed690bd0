#include "priors/gaussian.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"

namespace modeseek {
namespace {

constexpr double kTolerance = 1e-9;

void check_covariance(const std::vector<double>& mean, const std::vector<double>& covariance) {
  const std::size_t d = mean.size();
  if (d == 0) throw InvalidArgument("Gaussian prior: the mean is empty");
  if (covariance.size() / d != d || covariance.size() % d != 0) {
    throw InvalidArgument("Gaussian prior: expected a covariance of " + std::to_string(d) + " x " +
                          std::to_string(d) + " entries, found " +
                          std::to_string(covariance.size()));
  }
  const auto finite = [](double value) { return std::isfinite(value); };
  if (!std::ranges::all_of(mean, finite) || !std::ranges::all_of(covariance, finite)) {
    throw InvalidArgument("Gaussian prior: mean and covariance must be finite");
  }
  double largest = 0;
  for (const double value : covariance) largest = std::max(largest, std::fabs(value));
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (std::fabs(covariance[i * d + j] - covariance[j * d + i]) > kTolerance * largest) {
        throw InvalidArgument("Gaussian prior: the covariance is not symmetric at row " +
                              std::to_string(i) + ", column " + std::to_string(j));
      }
    }
  }
}

void clip_to_semidefinite(std::vector<double>& eigenvalues) {
  const double largest = *std::ranges::max_element(eigenvalues);
  for (double& value : eigenvalues) {
    if (value < -kTolerance * std::max(largest, 0.0) || (largest <= 0 && value < 0)) {
      throw InvalidArgument("Gaussian prior: the covariance has the negative eigenvalue " +
                            std::to_string(value));
    }
    value = std::max(value, 0.0);
  }
}

}  // namespace

GaussianPrior::GaussianPrior(std::vector<double> mean, const std::vector<double>& covariance)
    : AnalyticDenoiser(mean.size()), mean_(std::move(mean)) {
  check_covariance(mean_, covariance);
  eigen_ = symmetric_eigen(covariance, mean_.size());
  clip_to_semidefinite(eigen_.values);
}

std::vector<double> GaussianPrior::to_eigenbasis(std::span<const double> v) const {
  const std::size_t d = dimension();
  std::vector<double> result(d, 0.0);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t k = 0; k < d; ++k) result[k] += eigen_.vectors[i * d + k] * v[i];
  }
  return result;
}

std::vector<double> GaussianPrior::from_eigenbasis(std::span<const double> v) const {
  const std::size_t d = dimension();
  std::vector<double> result(d, 0.0);
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t k = 0; k < d; ++k) result[i] += eigen_.vectors[i * d + k] * v[k];
  }
  return result;
}

std::vector<double> GaussianPrior::mean_given(std::span<const double> x, double sigma) const {
  std::vector<double> centred(x.begin(), x.end());
  for (std::size_t i = 0; i < centred.size(); ++i) centred[i] -= mean_[i];
  std::vector<double> result = jacobian_product(x, sigma, centred);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] += mean_[i];
  return result;
}

std::vector<double> GaussianPrior::jacobian_product(std::span<const double>, double sigma,
                                                    std::span<const double> v) const {
  std::vector<double> spectrum = to_eigenbasis(v);
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    spectrum[k] *= eigen_.values[k] / (eigen_.values[k] + sigma * sigma);
  }
  return from_eigenbasis(spectrum);
}

double GaussianPrior::log_density(std::span<const double> x, double sigma) const {
  std::vector<double> centred(x.begin(), x.end());
  for (std::size_t i = 0; i < centred.size(); ++i) centred[i] -= mean_[i];
  const std::vector<double> spectrum = to_eigenbasis(centred);
  double result = 0;
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    const double variance = eigen_.values[k] + sigma * sigma;
    if (!(variance > 0)) {
      throw InvalidArgument("Gaussian prior: a singular covariance has no density");
    }
    result -= 0.5 * (spectrum[k] * spectrum[k] / variance +
                     std::log(2 * std::numbers::pi_v<double> * variance));
  }
  return result;
}

std::uint64_t GaussianPrior::parameter_bytes() const {
  return sizeof(double) * (eigen_.vectors.size() + eigen_.values.size() + mean_.size());
}

std::unique_ptr<Denoiser> make_gaussian_prior(std::vector<double> mean,
                                              std::vector<double> covariance) {
  return std::make_unique<GaussianPrior>(std::move(mean), covariance);
}

}  // namespace modeseek
