#pragma once

#include <vector>

#include "solvers/problem.hpp"

namespace modeseek {

/// How many values of a measurement are measured: those of the range, missing ones left out.
double measured_entries(const Operator& op);

/// One certificate a sample, from the last point `x`, its denoised value `d` = D(x, sigma) and the
/// noise level where they were computed. For a non-linear measurement H^T is that of its derivative
/// at d. Sums run in double, so a noise level of 1e-9 gives large
/// but finite numbers.
std::vector<Certificate> certify(const Problem& problem, float sigma, const Tensor& x,
                                 const Tensor& d);

}  // namespace modeseek
