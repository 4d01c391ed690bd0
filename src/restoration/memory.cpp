#include "restoration/memory.hpp"

#include <string>

#include "modeseek/error.hpp"
#include "modeseek/restore.hpp"

namespace modeseek {
namespace {

/// Tensors of the unknown's extent that live at once in a solver at its peak (counted by
/// tests/restoration/memory_test.cpp).
constexpr std::uint64_t kSolverTensors = 8;

std::uint64_t tensor_bytes(const Shape& shape) {
  return static_cast<std::uint64_t>(shape.count()) * sizeof(float);
}

}  // namespace

std::uint64_t memory_needed(const PosedTask& posed, const Denoiser& prior, const Solver& solver,
                            const RunOptions& run) {
  const Shape unknown = posed.op->domain();
  const bool vjp = solver.expected_evaluations().second > 0 || run.deviation_probes > 0;
  return kSolverTensors * tensor_bytes(unknown) + prior.memory_bytes(unknown, vjp);
}

void require_memory(const std::string& what, const Shape& picture, std::uint64_t needed) {
  const std::uint64_t available = available_memory();
  if (needed <= available) return;
  throw OutOfMemory(
      what + " " + std::to_string(picture.h) + "x" + std::to_string(picture.w) + " pixels", needed,
      available);
}

void require_memory(const PosedTask& posed, const Denoiser& prior, const Solver& solver,
                    const RunOptions& run) {
  require_memory("restoring", posed.picture, memory_needed(posed, prior, solver, run));
}

}  // namespace modeseek
