#include "solvers/vml_loss.hpp"

#include <cmath>
#include <string>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

/// Adds v^T Cov v and v^T Cov H^T H v, whose means over random signs are the two traces.
void add_probe(CovarianceTraces& sum, Linearization& at, const Operator& op, float sigma,
               const Tensor& v) {
  const double variance = static_cast<double>(sigma) * static_cast<double>(sigma);
  const Tensor covariance_v = at.pullback(v);
  sum.covariance += variance * dot(v, covariance_v);
  sum.measured += variance * dot(op.apply(covariance_v), op.apply(v));
}

}  // namespace

CovarianceTraces exact_traces(Linearization& at, const Operator& op, float sigma) {
  CovarianceTraces sum;
  Tensor unit(at.value().shape());
  for (float& entry : unit.values()) {
    entry = 1;
    add_probe(sum, at, op, sigma, unit);
    entry = 0;
  }
  return sum;
}

CovarianceTraces hutchinson_traces(Linearization& at, const Operator& op, float sigma, int probes,
                                   Random& random) {
  if (probes < 1) {
    throw InvalidArgument("hutchinson_traces: expected at least 1 probe, found " +
                          std::to_string(probes));
  }
  CovarianceTraces sum;
  Tensor signs(at.value().shape());
  for (int probe = 0; probe < probes; ++probe) {
    for (float& entry : signs.values()) entry = (random.next_bits() >> 31) != 0 ? 1.0F : -1.0F;
    add_probe(sum, at, op, sigma, signs);
  }
  return {sum.covariance / probes, sum.measured / probes};
}

double vml_value(const Problem& problem, float sigma, const Tensor& x, const Tensor& d,
                 double log_marginal, const CovarianceTraces& traces) {
  const double variance = static_cast<double>(sigma) * static_cast<double>(sigma);
  const double noise_variance =
      static_cast<double>(problem.noise) * static_cast<double>(problem.noise);
  const double denoising = std::pow(norm(d - x), 2) + traces.covariance;
  const double data = std::pow(norm(problem.y - problem.op.apply(d)), 2) + traces.measured;
  return -log_marginal - denoising / (2 * variance) + data / (2 * noise_variance);
}

}  // namespace modeseek
