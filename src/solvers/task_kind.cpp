#include "solvers/task_kind.hpp"

#include <utility>

#include "modeseek/error.hpp"
#include "operators/non_linear.hpp"

namespace modeseek {

TaskKind task_kind(const Operator& op) {
  if (!op.known_entries().empty()) return TaskKind::missing;
  return 2 * op.range().plane() <= op.domain().plane() ? TaskKind::reduction : TaskKind::other;
}

void require_linear(const char* solver, const Operator& op) {
  if (!is_linear(op)) {
    throw NotApplicable(solver, "it needs a linear measurement, this one is not");
  }
}

std::unique_ptr<Spectral> require_spectral(const char* solver, const Operator& op) {
  require_linear(solver, op);
  auto spectral = op.spectral();
  if (spectral == nullptr) {
    throw NotApplicable(solver, "it needs singular values, which this operator does not offer");
  }
  return spectral;
}

}  // namespace modeseek
