#include "solvers/certificate.hpp"

#include <algorithm>
#include <cmath>

#include "solvers/derivative.hpp"

namespace modeseek {
namespace {

/// |H^T r / sy^2 + (x - D) / s^2|, each term scaled in double before the sum.
double gradient_norm(std::span<const float> back_projected, std::span<const float> x,
                     std::span<const float> d, double noise, double sigma) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double difference = static_cast<double>(x[i]) - static_cast<double>(d[i]);
    const double g =
        static_cast<double>(back_projected[i]) / noise / noise + difference / sigma / sigma;
    sum += g * g;
  }
  return std::sqrt(sum);
}

}  // namespace

double measured_entries(const Operator& op) {
  const Tensor known = op.known_entries();
  if (known.empty()) return static_cast<double>(op.range().sample());
  return static_cast<double>(
      std::count_if(known.values().begin(), known.values().end(), [](float v) { return v != 0; }));
}

std::vector<Certificate> certify(const Problem& problem, float sigma, const Tensor& x,
                                 const Tensor& d) {
  const auto noise = static_cast<double>(problem.noise);
  const auto level = static_cast<double>(sigma);
  const auto measurements = measured_entries(problem.op);  // first: it takes memory of its own
  const Tensor residual = problem.op.apply(d) - problem.y;
  const Tensor back_projected = Derivative(problem.op, d)->adjoint(residual);
  const auto unknowns = static_cast<double>(d.shape().sample());
  std::vector<Certificate> result;
  for (std::int64_t n = 0; n < problem.samples(); ++n) {
    const double g =
        gradient_norm(back_projected.sample(n), x.sample(n), d.sample(n), noise, level);
    result.push_back({norm(residual.sample(n)) / noise / std::sqrt(measurements),
                      g * level / std::sqrt(unknowns)});
  }
  return result;
}

}  // namespace modeseek
