#include "solvers/vml_gradient.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "solvers/derivative.hpp"
#include "solvers/sample_algebra.hpp"

namespace modeseek {
namespace {

/// Root mean square of the central differences' perturbation, in noise levels: small against the
/// scale on which J changes, large against float32 rounding.
constexpr double kDifference = 0.02;

/// Per-sample factors e that give e * a the wanted root mean square; 0 for a sample that vanishes.
std::vector<double> perturbation_sizes(const Tensor& a, double wanted) {
  std::vector<double> sizes = sample_dots(a, a);
  for (double& size : sizes) {
    const double rms = std::sqrt(size / static_cast<double>(a.shape().sample()));
    size = rms > 0 ? wanted / rms : 0;
  }
  return sizes;
}

/// J(x + e a)^T v
Tensor pullback_at(Evaluator& evaluator, Tensor x, float sigma, const std::vector<double>& sizes,
                   const Tensor& a, const Tensor& v) {
  add_scaled_samples(x, sizes, a);
  const auto at = evaluator.linearize(x, sigma);
  return evaluator.pullback(*at, v);
}

std::vector<double> mapped(std::vector<double> values, double (*function)(double)) {
  for (double& value : values) value = function(value);
  return values;
}

}  // namespace

Tensor scaled_vml_gradient(const Problem& problem, float sigma, const Tensor& x, const Tensor& d) {
  const Derivative at(problem.op, d);
  Tensor result = at->adjoint(problem.op.apply(d) - problem.y);
  add_scaled(result, static_cast<float>(problem.lam(sigma)), x - d);
  return result;
}

VmlGradient::VmlGradient(const Problem& problem, VmlMapOptions::Preconditioner preconditioner,
                         float prior_deviation)
    : problem_(problem),
      precondition_(preconditioner == VmlMapOptions::Preconditioner::normal),
      prior_variance_(std::pow(static_cast<double>(prior_deviation), 2)) {
  if (precondition_) return;
  const double norm = problem.op.norm();
  norm_squared_ = norm * norm;
}

double VmlGradient::variance_share(float sigma) const {
  if (prior_variance_ == 0) return 1;
  return prior_variance_ / (prior_variance_ + std::pow(static_cast<double>(sigma), 2));
}

Tensor VmlGradient::direction(float sigma, const Tensor& x, const Tensor& d) const {
  const double lam = problem_.lam(sigma);
  if (!precondition_) {
    const auto scale = static_cast<float>(1 / (norm_squared_ + lam));
    return scale * scaled_vml_gradient(problem_, sigma, x, d);
  }
  const Derivative at(problem_.op, d);
  const double share = variance_share(sigma);
  const Tensor pull = static_cast<float>(share) * (x - d);
  const Tensor residual = linearised_residual(problem_, at, d, pull);
  return at->pseudo_inverse(residual, lam / share) + pull;
}

Tensor VmlGradient::weigh_probe(float sigma, const Tensor& d, const Tensor& v) const {
  const Derivative at(problem_.op, d);
  const double lam = problem_.lam(sigma);
  const double half_variance = 0.5 * static_cast<double>(sigma) * static_cast<double>(sigma);
  if (precondition_) {
    // P M = s^2 / 2 ((1 + j) (H^T H + lam / j I)^-1 H^T H - j I).
    const double share = variance_share(sigma);
    Tensor result = static_cast<float>(1 + share) * at->pseudo_inverse(at->apply(v), lam / share);
    add_scaled(result, static_cast<float>(-share), v);
    return static_cast<float>(half_variance) * std::move(result);
  }
  const double scale = half_variance / (norm_squared_ + lam);
  Tensor result = static_cast<float>(scale) * at->adjoint(at->apply(v));
  add_scaled(result, static_cast<float>(-scale * lam), v);
  return result;
}

Tensor covariance_gradient(Evaluator& evaluator, const VmlGradient& gradient,
                           const SampleNoise& noise, float sigma, const Tensor& x, const Tensor& d,
                           int probes, std::uint64_t index) {
  Tensor sum(x.shape());
  for (int probe = 0; probe < probes; ++probe) {
    const Tensor v =
        noise.signs(x.shape(), SampleNoise::Purpose::trace,
                    index * static_cast<std::uint64_t>(probes) + static_cast<std::uint64_t>(probe));
    const Tensor a = gradient.weigh_probe(sigma, d, v);
    const std::vector<double> sizes =
        perturbation_sizes(a, kDifference * static_cast<double>(sigma));
    const std::vector<double> opposite = mapped(sizes, [](double e) { return -e; });
    const std::vector<double> weights = mapped(sizes, [](double e) { return e > 0 ? 0.5 / e : 0; });
    const Tensor plus = pullback_at(evaluator, x, sigma, sizes, a, v);
    const Tensor minus = pullback_at(evaluator, x, sigma, opposite, a, v);
    add_scaled_samples(sum, weights, plus - minus);
  }
  return (1.0F / static_cast<float>(probes)) * std::move(sum);
}

}  // namespace modeseek
