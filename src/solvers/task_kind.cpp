#include "solvers/task_kind.hpp"

#include <utility>

#include "modeseek/error.hpp"

namespace modeseek {

TaskKind task_kind(const Operator& op) {
  if (!op.known_entries().empty()) return TaskKind::missing;
  return 2 * op.range().plane() <= op.domain().plane() ? TaskKind::reduction : TaskKind::other;
}

bool measures_linearly(const Operator& op) {
  return op.linearize(Tensor(op.domain(), 0.1F)) == nullptr;
}

void require_linear(const char* solver, const Operator& op) {
  if (!measures_linearly(op)) {
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
