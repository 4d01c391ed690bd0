#pragma once

#include <cstdint>

#include "modeseek/denoiser.hpp"
#include "modeseek/random.hpp"
#include "solvers/problem.hpp"

namespace modeseek {

/// Traces of the denoising covariance Cov = Cov[x0|x_s] = s^2 J.
struct CovarianceTraces {
  double covariance = 0;  ///< Tr Cov
  double measured = 0;    ///< Tr(H Cov H^T)
};

/// Column by column: one VJP an element of the image. For one sample.
CovarianceTraces exact_traces(Linearization& at, const Operator& op, float sigma);

/// Hutchinson's estimate from random signs, one VJP a probe; unbiased, error ~ 1 / sqrt(probes).
/// For one sample. Throws InvalidArgument unless probes >= 1.
CovarianceTraces hutchinson_traces(Linearization& at, const Operator& op, float sigma, int probes,
                                   Random& random);

/// The value of the variational mode-seeking loss at one sample x, without the constant
/// log p(y) + m/2 log(2 pi sy^2) - n/2 log(2 pi s^2) that makes it the KL divergence
/// KL( p(x0 | x_s = x) || p(x0 | y) ) (arXiv 2512.10524):
/// -log p_s(x) - |D - x|^2 / (2 s^2) - Tr Cov / (2 s^2) + |y - H D|^2 / (2 sy^2)
/// + Tr(H Cov H^T) / (2 sy^2). Traces of zero give the simplified loss VML_S.
double vml_value(const Problem& problem, float sigma, const Tensor& x, const Tensor& d,
                 double log_marginal, const CovarianceTraces& traces);

}  // namespace modeseek
