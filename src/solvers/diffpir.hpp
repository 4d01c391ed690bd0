#pragma once

#include <string>
#include <utility>

#include "modeseek/solver.hpp"

namespace modeseek {

/// DiffPIR (Zhu et al., CVPRW 2023). From x ~ N(0, s_0^2 I), at each noise level s of the Karras
/// schedule (rho = 7), with rho = lambda sy^2 / s^2 and s' the next level:
/// xh = argmin |y - H x|^2 + rho |x - D|^2, x <- xh + s' (sqrt(1 - zeta)(x - xh) / s + sqrt(zeta)
/// z). The last level returns D, without a data term.
class DiffPir final : public Solver {
 public:
  /// Throws InvalidArgument for options out of range.
  explicit DiffPir(const DiffPirOptions& options);

  Result solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
               const RunOptions& run) const override;
  std::string name() const override { return "diffpir"; }
  std::string settings() const override;
  std::pair<int, int> expected_evaluations() const override { return {options_.steps, 0}; }

 private:
  DiffPirOptions options_;
};

}  // namespace modeseek
