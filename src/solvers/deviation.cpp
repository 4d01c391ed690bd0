#include "solvers/deviation.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "solvers/derivative.hpp"
#include "solvers/sample_algebra.hpp"

namespace modeseek {
namespace {

/// On [-1, 1]: near the typical uncertainty of a pixel whose neighbours are known. Far below it J
/// is the identity to within the network's error, far above it J has lost the detail.
constexpr float kLevel = 0.1F;
constexpr int kIterations = 8;

std::vector<double> negated(std::vector<double> values) {
  for (double& value : values) value = -value;
  return values;
}

std::vector<double> ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(a.size(), 0.0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (b[i] > 0) result[i] = a[i] / b[i];
  }
  return result;
}

/// A search direction p with its images under J and F.
struct Direction {
  Tensor jacobian;  ///< J p; p itself is not needed
  Tensor image;     ///< F p
  std::vector<double> square;
};

/// J F^-1 b by the generalised conjugate residual method (Eisenstat, Elman, Schultz, 1983): F is
/// not symmetric. `apply` gives J p and F p.
Tensor solve_gcr(const std::function<Direction(const Tensor&)>& apply, Tensor residual) {
  std::vector<Direction> directions;
  Tensor solution(residual.shape());
  for (int i = 0; i < kIterations; ++i) {
    Direction next = apply(residual);
    for (const Direction& old : directions) {
      const auto overlap = negated(ratios(sample_dots(next.image, old.image), old.square));
      add_scaled_samples(next.jacobian, overlap, old.jacobian);
      add_scaled_samples(next.image, overlap, old.image);
    }
    next.square = sample_dots(next.image, next.image);
    const auto step = ratios(sample_dots(residual, next.image), next.square);
    add_scaled_samples(solution, step, next.jacobian);
    add_scaled_samples(residual, negated(step), next.image);
    directions.push_back(std::move(next));
  }
  return solution;
}

/// (H^T H + lam I)^-1 H^T H x
Tensor project(const Operator& op, double lam, const Tensor& x) {
  return op.pseudo_inverse(op.apply(x), lam);
}

/// J F^-1 P v / t^2
Tensor covariance_product(Evaluator& evaluator, const Operator& op, Linearization& at, double lam,
                          const Tensor& v) {
  const auto apply = [&](const Tensor& p) {
    Direction direction;
    direction.jacobian = evaluator.pullback(at, p);
    const Tensor& j = direction.jacobian;
    direction.image = (p - j) + project(op, lam, 2.0F * j - p);
    return direction;
  };
  return solve_gcr(apply, v - project(op, lam, v));
}

void add_product(Tensor& sum, const Tensor& a, const Tensor& b) {
  for (std::size_t i = 0; i < sum.values().size(); ++i) {
    sum.values()[i] += a.values()[i] * b.values()[i];
  }
}

}  // namespace

EvaluationCount deviation_count(int probes) {
  return {std::int64_t{probes}, std::int64_t{probes} * kIterations};
}

Tensor posterior_deviation(Evaluator& evaluator, const Problem& problem, const SampleNoise& noise,
                           const NoiseRange& range, const Tensor& d, int probes) {
  using Purpose = SampleNoise::Purpose;
  const float level = std::clamp(kLevel, range.min, range.max);
  const double lam = problem.lam(level);
  const Derivative measured(problem.op, d);
  Tensor sum(d.shape());
  for (int probe = 0; probe < probes; ++probe) {
    const auto index = static_cast<std::uint64_t>(probe);
    const Tensor v = noise.signs(d.shape(), Purpose::deviation, index);
    Tensor point = d;
    add_scaled(point, level, noise.normal(d.shape(), Purpose::deviation_point, index));
    const auto at = evaluator.linearize(point, level);
    add_product(sum, v, covariance_product(evaluator, *measured, *at, lam, v));
  }
  // The estimate of a variance near zero may come out negative.
  const float scale = 1.0F / static_cast<float>(probes);
  for (float& value : sum.values()) value = level * std::sqrt(std::max(value * scale, 0.0F));
  return sum;
}

}  // namespace modeseek
