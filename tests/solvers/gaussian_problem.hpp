#pragma once

#include <cstdint>
#include <vector>

#include "priors/gaussian.hpp"
#include "solvers/matrix_operator.hpp"

namespace modeseek::testing_support {

/// A Gaussian prior, random measurements of a draw from it, and the posterior in closed form.
struct GaussianProblem {
  GaussianPrior prior;
  MatrixOperator op;
  Tensor y;
  double noise;
  std::vector<double> mode;       ///< argmax p(x0|y), which is also the mean
  std::vector<double> variances;  ///< diagonal of Cov[x0|y]
};

/// `unknowns` dimensions, covariance eigenvalues spread over [0.1, 1], mean near 1, |H| near 1.
GaussianProblem gaussian_problem(std::uint64_t seed, std::int64_t unknowns,
                                 std::int64_t measurements, double noise);

/// |x - expected| / |expected|
double relative_error(const Tensor& x, const std::vector<double>& expected);

}  // namespace modeseek::testing_support
