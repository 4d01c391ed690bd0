#include "restoration/memory.hpp"

#include <malloc.h>

#include <algorithm>
#include <string>

#include "modeseek/error.hpp"
#include "modeseek/restore.hpp"
#include "restoration/machine.hpp"

namespace modeseek {
namespace {

// Tensors that live at once at a peak, as counted by tests/restoration/memory_test.cpp.

/// Those of the unknown's extent for the search directions of the deviation.
constexpr int kDeviationTensors = 22;
/// Those of one evaluation: a grey picture in colour, and the result.
constexpr std::uint64_t kDenoisingTensors = 2;
/// Those of the measurement's extent: itself, and its residual.
constexpr std::uint64_t kMeasurementTensors = 2;

std::uint64_t tensor_bytes(const Shape& shape) {
  return static_cast<std::uint64_t>(shape.count()) * sizeof(float);
}

/// What the process may still take of a limit on all of it. What the prior and malloc keep of an
/// earlier picture is resident but free to take, so they give it back first.
std::uint64_t left_of(std::uint64_t limit, Denoiser& prior) {
  prior.release_memory();
  malloc_trim(0);
  return limit - std::min(limit, resident_memory());
}

/// The same within what this machine has available.
std::uint64_t left_here(std::uint64_t limit, Denoiser& prior) {
  const std::uint64_t left = left_of(limit, prior);
  return std::min(left, available_memory());
}

[[noreturn]] void refuse(const std::string& job, const Shape& picture, std::uint64_t needed,
                         std::uint64_t limit) {
  throw OutOfMemory(
      job + " " + std::to_string(picture.h) + "x" + std::to_string(picture.w) + " pixels", needed,
      limit);
}

/// A job on a picture that evaluates the prior on images of extent `unknown`.
struct Job {
  std::string name;  ///< "restoring"
  Shape picture;
  Shape unknown;
  bool gradients;
  std::uint64_t tensors;  ///< bytes beside the prior's
};

Job restoring(const PosedTask& posed, const Solver& solver, const RunOptions& run) {
  const Shape unknown = posed.op->domain();
  const bool deviation = run.deviation_probes > 0;
  const int tensors =
      solver.tensors_held() + posed.op->tensors_taken() + (deviation ? kDeviationTensors : 0);
  return {"restoring", posed.picture, unknown,
          solver.expected_evaluations().second > 0 || deviation,
          static_cast<std::uint64_t>(tensors) * tensor_bytes(unknown) +
              kMeasurementTensors * tensor_bytes(posed.op->range())};
}

std::uint64_t needed_by(const Job& job, const Denoiser& prior) {
  return job.tensors + prior.memory_bytes(job.unknown, job.gradients);
}

/// Has the prior work in pieces, if need be, so that the job takes at most `room` bytes.
void fit_into(std::uint64_t room, const Job& job, Denoiser& prior) {
  prior.limit_memory(room - std::min(room, job.tensors));
  const std::uint64_t needed = needed_by(job, prior);
  const std::uint64_t process = resident_memory();
  if (needed > room) refuse(job.name, job.picture, process + needed, process + room);
}

}  // namespace

std::uint64_t memory_needed(const PosedTask& posed, const Denoiser& prior, const Solver& solver,
                            const RunOptions& run) {
  return needed_by(restoring(posed, solver, run), prior);
}

void require_memory(const std::string& what, const Shape& picture, std::uint64_t needed) {
  const std::uint64_t available = available_memory();
  if (needed > available) refuse(what, picture, needed, available);
}

void require_memory(const PosedTask& posed, const Denoiser& prior, const Solver& solver,
                    const RunOptions& run) {
  require_memory("restoring", posed.picture, memory_needed(posed, prior, solver, run));
}

void fit_memory(const PosedTask& posed, Denoiser& prior, const Solver& solver,
                const RunOptions& run, std::uint64_t limit) {
  fit_into(left_here(limit, prior), restoring(posed, solver, run), prior);
}

void fit_memory_elsewhere(const PosedTask& posed, Denoiser& prior, const Solver& solver,
                          std::uint64_t limit) {
  fit_into(left_of(limit, prior), restoring(posed, solver, {}), prior);
}

void fit_denoising(const Shape& picture, const Shape& unknown, Denoiser& prior,
                   std::uint64_t limit) {
  const Job job{"denoising", picture, unknown, false, kDenoisingTensors * tensor_bytes(unknown)};
  fit_into(left_here(limit, prior), job, prior);
}

}  // namespace modeseek
