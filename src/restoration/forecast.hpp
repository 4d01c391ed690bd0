#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "modeseek/restore.hpp"

namespace modeseek {

/// Makes the solver for an operator and a noise level (on [-1, 1]).
using SolverChoice = std::function<std::unique_ptr<Solver>(const Operator&, float noise)>;

/// What restoring one picture will take, known before it starts. Memory in bytes.
struct Forecast {
  Shape picture;
  Shape unknown;  ///< what the prior sees
  Shape measurement;
  double norm = 0;                  ///< largest singular value of the operator
  float noise_floor = 0;            ///< of the operator, on [-1, 1]
  std::pair<int, int> evaluations;  ///< forward passes, VJPs
  std::uint64_t denoise = 0;        ///< the prior for one evaluation of this picture
  std::uint64_t vjp = 0;            ///< the same with the vector-Jacobian product
  std::uint64_t process = 0;        ///< this process before the picture is read
  std::uint64_t peak = 0;           ///< resident memory of `restore` at its highest
};

/// `size` is cropped to what the task accepts; the process shall keep to `max_memory` bytes. Throws
/// InvalidArgument when the size does not fit the task or the prior, OutOfMemory with the least
/// that would do when it cannot be restored within the memory.
Forecast forecast_restore(const Task& task, const Size& size, Denoiser& prior,
                          const SolverChoice& solver,
                          std::uint64_t max_memory = std::numeric_limits<std::uint64_t>::max());

}  // namespace modeseek
