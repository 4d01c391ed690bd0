#include "priors/mixture.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

std::size_t checked_dimension(const std::vector<MixtureComponent>& components) {
  if (components.empty()) throw InvalidArgument("mixture prior: expected at least one component");
  if (components[0].mean.empty()) throw InvalidArgument("mixture prior: component 0 has no mean");
  return components[0].mean.size();
}

void check_component(const MixtureComponent& component, std::size_t index, std::size_t dimension) {
  const std::string name = "mixture prior: component " + std::to_string(index);
  if (component.mean.size() != dimension) {
    throw InvalidArgument(name + ": expected a mean of length " + std::to_string(dimension) +
                          ", found " + std::to_string(component.mean.size()));
  }
  if (!(component.weight > 0) || !std::isfinite(component.weight)) {
    throw InvalidArgument(name + ": expected a positive weight, found " +
                          std::to_string(component.weight));
  }
  if (!(component.variance >= 0) || !std::isfinite(component.variance)) {
    throw InvalidArgument(name + ": expected a variance of at least 0, found " +
                          std::to_string(component.variance));
  }
  if (!std::ranges::all_of(component.mean, [](double m) { return std::isfinite(m); })) {
    throw InvalidArgument(name + ": the mean must be finite");
  }
}

double log_sum_exp(const std::vector<double>& terms) {
  const double largest = *std::ranges::max_element(terms);
  double sum = 0;
  for (const double term : terms) sum += std::exp(term - largest);
  return largest + std::log(sum);
}

}  // namespace

MixturePrior::MixturePrior(std::vector<MixtureComponent> components)
    : AnalyticDenoiser(checked_dimension(components)), components_(std::move(components)) {
  double total = 0;
  for (std::size_t k = 0; k < components_.size(); ++k) {
    check_component(components_[k], k, dimension());
    total += components_[k].weight;
  }
  for (MixtureComponent& component : components_) component.weight /= total;
}

std::vector<double> MixturePrior::log_terms(std::span<const double> x, double sigma) const {
  const auto d = static_cast<double>(dimension());
  std::vector<double> terms;
  terms.reserve(components_.size());
  for (const MixtureComponent& component : components_) {
    const double variance = component.variance + sigma * sigma;
    if (!(variance > 0)) throw InvalidArgument("mixture prior: a point mass has no density");
    double square = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      square += (x[i] - component.mean[i]) * (x[i] - component.mean[i]);
    }
    terms.push_back(
        std::log(component.weight) -
        0.5 * (square / variance + d * std::log(2 * std::numbers::pi_v<double> * variance)));
  }
  return terms;
}

std::vector<double> MixturePrior::responsibilities(std::span<const double> x, double sigma) const {
  std::vector<double> result = log_terms(x, sigma);
  const double total = log_sum_exp(result);
  for (double& term : result) term = std::exp(term - total);
  return result;
}

std::vector<double> MixturePrior::component_mean(std::size_t k, std::span<const double> x,
                                                 double sigma) const {
  const MixtureComponent& component = components_[k];
  const double gain = component.variance / (component.variance + sigma * sigma);
  std::vector<double> result(component.mean);
  for (std::size_t i = 0; i < x.size(); ++i) result[i] += gain * (x[i] - component.mean[i]);
  return result;
}

std::vector<double> MixturePrior::mean_given(std::span<const double> x, double sigma) const {
  const std::vector<double> r = responsibilities(x, sigma);
  std::vector<double> result(dimension(), 0.0);
  for (std::size_t k = 0; k < components_.size(); ++k) {
    if (r[k] == 0) continue;
    const std::vector<double> mean = component_mean(k, x, sigma);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] += r[k] * mean[i];
  }
  return result;
}

std::vector<double> MixturePrior::jacobian_product(std::span<const double> x, double sigma,
                                                   std::span<const double> v) const {
  const std::vector<double> r = responsibilities(x, sigma);
  const std::vector<double> centre = mean_given(x, sigma);
  std::vector<double> result(dimension(), 0.0);
  for (std::size_t k = 0; k < components_.size(); ++k) {
    if (r[k] == 0) continue;
    const std::vector<double> mean = component_mean(k, x, sigma);
    // The differences are divided by sigma first: sigma^2 alone may underflow.
    double projection = 0;
    for (std::size_t i = 0; i < result.size(); ++i) {
      projection += (mean[i] - centre[i]) / sigma * v[i];
    }
    const double variance = components_[k].variance;
    const double gain = variance / (variance + sigma * sigma);
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] += r[k] * (gain * v[i] + (mean[i] - centre[i]) / sigma * projection);
    }
  }
  return result;
}

double MixturePrior::log_density(std::span<const double> x, double sigma) const {
  return log_sum_exp(log_terms(x, sigma));
}

std::uint64_t MixturePrior::parameter_bytes() const {
  return sizeof(double) * components_.size() * (dimension() + 2);
}

std::unique_ptr<Denoiser> make_mixture_prior(std::vector<MixtureComponent> components) {
  return std::make_unique<MixturePrior>(std::move(components));
}

}  // namespace modeseek
