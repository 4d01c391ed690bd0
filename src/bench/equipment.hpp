#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "modeseek/denoiser.hpp"
#include "modeseek/operator.hpp"
#include "modeseek/solver.hpp"

namespace modeseek::bench {

/// How good a restored picture is. Both are [1,C,H,W] in [-1, 1].
struct Metric {
  std::string name;  ///< the column
  std::function<double(const Tensor& restored, const Tensor& clean)> measure;
};

/// PSNR and SSIM.
std::vector<Metric> standard_metrics();

/// Makes the solver that a text names for an operator and a noise level (on [-1, 1]). Throws
/// NotApplicable where the method has no form for the operator, InvalidArgument for a text that
/// names none.
using SolverMaker = std::function<std::unique_ptr<Solver>(const std::string& text,
                                                          const Operator& op, float noise)>;

/// What the names in a grid stand for.
struct Equipment {
  std::vector<Denoiser*> priors;  ///< one each of Grid::priors
  SolverMaker make_solver;
  std::vector<Metric> metrics;  ///< as Grid::metrics
};

/// The name under which the baseline takes part, what can be had without a prior: the
/// pseudo-inverse regularised to the noise level. The bench itself knows it; it is no Solver.
constexpr const char* kBaseline = "pseudo-inverse";

}  // namespace modeseek::bench
