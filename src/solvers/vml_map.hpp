#pragma once

#include <string>
#include <utility>

#include "modeseek/solver.hpp"
#include "solvers/evaluator.hpp"

namespace modeseek {

class Run;
class VmlGradient;

/// VML-MAP by descent (VmlMapOptions::Scheme::descent; Gutha, Vinuesa, Azizpour, arXiv 2512.10524).
/// The Jacobian-free direction with the preconditioner and a step size of 1 is Douglas-Rachford
/// splitting with the denoiser as one of the two proximal maps, annealed over the noise level.
class VmlMap final : public Solver {
 public:
  /// Throws InvalidArgument for options out of range.
  explicit VmlMap(const VmlMapOptions& options);

  Result solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
               const RunOptions& run) const override;
  std::string name() const override { return "vml-map"; }
  std::string settings() const override;
  std::pair<int, int> expected_evaluations() const override;

 private:
  EvaluationCount planned() const;
  /// gamma * d at x; `index` numbers the descent steps of the run.
  Tensor step(Run& run, const VmlGradient& gradient, float sigma, const Tensor& x,
              std::uint64_t index) const;
  /// Share of fresh noise in the transition from level `sigma` on.
  float fresh_share(float sigma) const;
  /// x at the next noise level, from x and d = D(x, sigma).
  Tensor transition(const Run& run, float sigma, float next_sigma, const Tensor& x, const Tensor& d,
                    std::uint64_t index) const;

  VmlMapOptions options_;
};

}  // namespace modeseek
