#include "solvers/gaussian_problem.hpp"

#include <cmath>
#include <utility>

#include "modeseek/random.hpp"
#include "solvers/mixture_posterior.hpp"

namespace modeseek::testing_support {
namespace {

/// V diag(spectrum) V^T
std::vector<double> compose(const SymmetricEigen& e, const std::vector<double>& spectrum) {
  const std::size_t n = e.dimension;
  std::vector<double> result(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) {
        result[i * n + j] += e.vectors[i * n + k] * spectrum[k] * e.vectors[j * n + k];
      }
    }
  }
  return result;
}

std::vector<double> inverted(std::vector<double> matrix, std::size_t n) {
  const SymmetricEigen e = symmetric_eigen(std::move(matrix), n);
  std::vector<double> spectrum(e.values);
  for (double& value : spectrum) value = 1 / value;
  return compose(e, spectrum);
}

std::vector<double> random_covariance(Random& random, std::size_t n) {
  std::vector<double> matrix(n * n);
  for (double& entry : matrix) entry = random.normal();
  const SymmetricEigen axes = symmetric_eigen(std::move(matrix), n);
  std::vector<double> spectrum(n);
  for (std::size_t k = 0; k < n; ++k) {
    spectrum[k] = std::pow(10.0, -static_cast<double>(k) / static_cast<double>(n - 1));
  }
  return compose(axes, spectrum);
}

/// C^-1 + H^T H / noise^2
std::vector<double> posterior_precision(const std::vector<double>& prior_precision,
                                        const std::vector<double>& h, std::size_t n, double noise) {
  std::vector<double> result(prior_precision);
  for (std::size_t row = 0; row < h.size() / n; ++row) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        result[i * n + j] += h[row * n + i] * h[row * n + j] / (noise * noise);
      }
    }
  }
  return result;
}

}  // namespace

GaussianProblem gaussian_problem(std::uint64_t seed, std::int64_t unknowns,
                                 std::int64_t measurements, double noise) {
  Random random(seed, 5000);
  const auto n = static_cast<std::size_t>(unknowns);
  std::vector<double> mean(n);
  for (double& value : mean) value = 1 + 0.3 * random.normal();
  const std::vector<double> covariance = random_covariance(random, n);
  const MatrixOperator op = random_measurements(seed, measurements, unknowns);
  std::vector<double> truth(mean);
  for (double& value : truth) value += 0.5 * random.normal();
  Tensor y = measure(op, truth, noise, seed);

  const std::vector<double> precision = inverted(covariance, n);
  const std::vector<double> posterior =
      inverted(posterior_precision(precision, op.matrix(), n, noise), n);
  // Cov (H^T y / noise^2 + C^-1 mean)
  std::vector<double> right(n, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) right[i] += precision[i * n + j] * mean[j];
    for (std::size_t row = 0; row < y.values().size(); ++row) {
      right[i] += op.matrix()[row * n + i] * static_cast<double>(y.values()[row]) / (noise * noise);
    }
  }
  std::vector<double> mode(n, 0.0);
  std::vector<double> variances(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) mode[i] += posterior[i * n + j] * right[j];
    variances[i] = posterior[i * n + i];
  }
  return {GaussianPrior(std::move(mean), covariance),
          random_measurements(seed, measurements, unknowns),  // an operator does not move
          std::move(y),
          noise,
          std::move(mode),
          std::move(variances)};
}

double relative_error(const Tensor& x, const std::vector<double>& expected) {
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(static_cast<double>(x.values()[i]) - expected[i], 2);
    size += expected[i] * expected[i];
  }
  return std::sqrt(difference / size);
}

}  // namespace modeseek::testing_support
