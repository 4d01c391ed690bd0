#include "solvers/mixture_posterior.hpp"

#include <cmath>
#include <utility>

#include "modeseek/random.hpp"

namespace modeseek::testing_support {
namespace {

constexpr int kMaxIterations = 5000;
constexpr double kGain = 1e-10;
constexpr std::size_t kDimension = 32;
constexpr int kComponents = 12;

/// H^T H
std::vector<double> normal_matrix(const std::vector<double>& matrix, std::size_t columns) {
  std::vector<double> result(columns * columns, 0.0);
  for (std::size_t row = 0; row < matrix.size() / columns; ++row) {
    for (std::size_t i = 0; i < columns; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        result[i * columns + j] += matrix[row * columns + i] * matrix[row * columns + j];
      }
    }
  }
  return result;
}

std::vector<double> transposed_product(const std::vector<double>& matrix,
                                       const std::vector<double>& y, std::size_t columns) {
  std::vector<double> result(columns, 0.0);
  for (std::size_t row = 0; row < y.size(); ++row) {
    for (std::size_t j = 0; j < columns; ++j) result[j] += matrix[row * columns + j] * y[row];
  }
  return result;
}

}  // namespace

MixturePosterior::MixturePosterior(const MixturePrior& prior, const MatrixOperator& op,
                                   std::vector<double> y, double noise)
    : prior_(prior),
      matrix_(op.matrix()),
      y_(std::move(y)),
      precision_(1 / (noise * noise)),
      back_projected_(transposed_product(matrix_, y_, prior.dimension())),
      normal_(symmetric_eigen(normal_matrix(matrix_, prior.dimension()), prior.dimension())) {}

double MixturePosterior::log_density(std::span<const double> x) const {
  double square = 0;
  for (std::size_t row = 0; row < y_.size(); ++row) {
    double residual = y_[row];
    for (std::size_t j = 0; j < x.size(); ++j) residual -= matrix_[row * x.size() + j] * x[j];
    square += residual * residual;
  }
  return prior_.log_density(x, 0) - 0.5 * precision_ * square;
}

std::vector<double> MixturePosterior::maximisation_step(std::span<const double> x) const {
  const std::size_t d = x.size();
  const std::vector<double> r = prior_.responsibilities(x, 0);
  double weight = 0;
  std::vector<double> right(d, 0.0);
  for (std::size_t i = 0; i < d; ++i) right[i] = precision_ * back_projected_[i];
  for (std::size_t k = 0; k < r.size(); ++k) {
    const MixtureComponent& component = prior_.components()[k];
    weight += r[k] / component.variance;
    for (std::size_t i = 0; i < d; ++i) right[i] += r[k] / component.variance * component.mean[i];
  }
  std::vector<double> result(d, 0.0);
  for (std::size_t k = 0; k < d; ++k) {
    double coefficient = 0;
    for (std::size_t i = 0; i < d; ++i) coefficient += normal_.vectors[i * d + k] * right[i];
    coefficient /= precision_ * normal_.values[k] + weight;
    for (std::size_t i = 0; i < d; ++i) result[i] += normal_.vectors[i * d + k] * coefficient;
  }
  return result;
}

std::vector<double> MixturePosterior::ascend(std::vector<double> x) const {
  double value = log_density(x);
  for (int i = 0; i < kMaxIterations; ++i) {
    std::vector<double> next = maximisation_step(x);
    const double gained = log_density(next) - value;
    if (gained <= 0) break;
    x = std::move(next);
    value += gained;
    if (gained < kGain) break;
  }
  return x;
}

std::vector<double> MixturePosterior::global_mode() const {
  std::vector<double> best;
  double best_value = 0;
  for (const MixtureComponent& component : prior_.components()) {
    std::vector<double> mode = ascend(component.mean);
    const double value = log_density(mode);
    if (best.empty() || value > best_value) {
      best = std::move(mode);
      best_value = value;
    }
  }
  return best;
}

MixturePrior random_mixture(std::uint64_t seed) {
  Random random(seed, 2000);
  std::vector<MixtureComponent> components;
  for (int k = 0; k < kComponents; ++k) {
    MixtureComponent component;
    component.weight = 0.5 + random.uniform();
    const double deviation = 0.1 + 0.2 * random.uniform();
    component.variance = deviation * deviation;
    for (std::size_t i = 0; i < kDimension; ++i) {
      component.mean.push_back(random.normal());
    }
    components.push_back(std::move(component));
  }
  return MixturePrior(std::move(components));
}

std::vector<double> draw(const MixturePrior& prior, std::uint64_t seed) {
  Random random(seed, 3000);
  double remaining = random.uniform();
  std::size_t k = 0;
  while (k + 1 < prior.components().size() && remaining > prior.components()[k].weight) {
    remaining -= prior.components()[k].weight;
    ++k;
  }
  std::vector<double> x = prior.components()[k].mean;
  for (double& value : x) value += std::sqrt(prior.components()[k].variance) * random.normal();
  return x;
}

Tensor measure(const MatrixOperator& op, const std::vector<double>& x, double noise,
               std::uint64_t seed) {
  Random random(seed, 4000);
  Tensor y(op.range());
  for (std::size_t row = 0; row < y.values().size(); ++row) {
    double sum = noise * random.normal();
    for (std::size_t j = 0; j < x.size(); ++j) sum += op.matrix()[row * x.size() + j] * x[j];
    y.values()[row] = static_cast<float>(sum);
  }
  return y;
}

std::vector<double> to_double(std::span<const float> values) {
  return {values.begin(), values.end()};
}

}  // namespace modeseek::testing_support
