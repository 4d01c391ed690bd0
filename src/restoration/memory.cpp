#include <algorithm>

#include "modeseek/restore.hpp"

namespace modeseek {
namespace {

/// Tensors of the unknown's extent that live at once in a solver at its peak (counted by
/// tests/restoration/memory_test.cpp).
constexpr std::uint64_t kSolverTensors = 8;

}  // namespace

std::uint64_t memory_needed(const PosedTask& posed, const Denoiser& prior, const Solver& solver,
                            const RunOptions& run) {
  const Shape unknown = posed.op->domain();
  const auto tensor = static_cast<std::uint64_t>(unknown.count()) * sizeof(float);
  const bool vjp = solver.expected_evaluations().second > 0 || run.deviation_probes > 0;
  return kSolverTensors * tensor + prior.memory_bytes(unknown, vjp);
}

}  // namespace modeseek
