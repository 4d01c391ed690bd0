#include "restoration/memory.hpp"

#include <algorithm>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/restore.hpp"
#include "restoration/machine.hpp"

namespace modeseek {
namespace {

/// Tensors of the unknown's extent that live at once at a solver's peak, as counted by
/// tests/restoration/memory_test.cpp: the points, and what the operator works with.
constexpr std::uint64_t kSolverTensors = 5;
constexpr std::uint64_t kOperatorTensors = 4;
/// Further ones: the search directions of the deviation.
constexpr std::uint64_t kDeviationTensors = 22;
/// Tensors of the measurement's extent.
constexpr std::uint64_t kMeasurementTensors = 3;

std::uint64_t tensor_bytes(const Shape& shape) {
  return static_cast<std::uint64_t>(shape.count()) * sizeof(float);
}

}  // namespace

std::uint64_t memory_needed(const PosedTask& posed, const Denoiser& prior, const Solver& solver,
                            const RunOptions& run) {
  const Shape unknown = posed.op->domain();
  const bool gradients = solver.expected_evaluations().second > 0;
  const bool deviation = run.deviation_probes > 0;
  const std::uint64_t tensors =
      kSolverTensors + kOperatorTensors + (deviation ? kDeviationTensors : 0);
  return tensors * tensor_bytes(unknown) + kMeasurementTensors * tensor_bytes(posed.op->range()) +
         prior.memory_bytes(unknown, gradients || deviation);
}

void require_memory(const std::string& what, const Shape& picture, std::uint64_t needed) {
  const std::uint64_t available = available_memory();
  if (needed <= available) return;
  throw OutOfMemory(
      what + " " + std::to_string(picture.h) + "x" + std::to_string(picture.w) + " pixels", needed,
      available);
}

void fit_memory(const PosedTask& posed, Denoiser& prior, const Solver& solver,
                const RunOptions& run, std::uint64_t limit) {
  const std::uint64_t process = resident_memory();
  const std::uint64_t room = std::min(available_memory(), limit - std::min(limit, process));
  const bool gradients = solver.expected_evaluations().second > 0 || run.deviation_probes > 0;
  const std::uint64_t tensors =
      memory_needed(posed, prior, solver, run) - prior.memory_bytes(posed.op->domain(), gradients);
  prior.limit_memory(room - std::min(room, tensors));
  const std::uint64_t needed = memory_needed(posed, prior, solver, run);
  if (needed > room)
    throw OutOfMemory("restoring " + std::to_string(posed.picture.h) + "x" +
                          std::to_string(posed.picture.w) + " pixels",
                      process + needed, process + room);
}

void require_memory(const PosedTask& posed, const Denoiser& prior, const Solver& solver,
                    const RunOptions& run) {
  require_memory("restoring", posed.picture, memory_needed(posed, prior, solver, run));
}

}  // namespace modeseek
