#pragma once

#include <string>
#include <utility>

#include "modeseek/solver.hpp"
#include "solvers/run.hpp"

namespace modeseek {

/// What every solver has in common: a name, the record of its settings and the number of
/// evaluations, all known before the run.
class PlannedSolver : public Solver {
 public:
  /// `settings`: "key=value, ...", for records. Throws InvalidArgument when the evaluations are too
  /// many to count.
  PlannedSolver(std::string name, std::string settings, const EvaluationCount& planned);

  Result solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
               const RunOptions& run) const final;
  std::string name() const final { return name_; }
  std::string settings() const final { return settings_; }
  std::pair<int, int> expected_evaluations() const final;

 protected:
  /// The method itself, within a checked run. Takes exactly the evaluations that were planned.
  virtual Result restore(Run& run) const = 0;

 private:
  std::string name_;
  std::string settings_;
  EvaluationCount planned_;
};

}  // namespace modeseek
