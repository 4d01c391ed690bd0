#include "solvers/planned_solver.hpp"

namespace modeseek {

PlannedSolver::PlannedSolver(std::string name, std::string settings, const EvaluationCount& planned)
    : name_(std::move(name)), settings_(std::move(settings)), planned_(planned) {
  check_count(planned_);
}

Result PlannedSolver::solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
                            const RunOptions& options) const {
  Run run(prior, Problem{op, y, noise}, options, planned_);
  return restore(run);
}

std::pair<int, int> PlannedSolver::expected_evaluations() const {
  return {static_cast<int>(planned_.forward), static_cast<int>(planned_.vjp)};
}

}  // namespace modeseek
