#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "modeseek/restore.hpp"

namespace modeseek {

/// Makes the solver for an operator and a noise level (on [-1, 1]).
using SolverChoice = std::function<std::unique_ptr<Solver>(const Operator&, float noise)>;

/// What restoring one picture will take, known before it starts. Memory in bytes.
struct Forecast {
  Shape picture;
  Shape measurement;
  double norm = 0;                  ///< largest singular value of the operator
  float noise_floor = 0;            ///< of the operator, on [-1, 1]
  std::pair<int, int> evaluations;  ///< forward passes, VJPs
  std::uint64_t denoise = 0;        ///< the prior for one evaluation of this picture
  std::uint64_t vjp = 0;            ///< the same with the vector-Jacobian product
  std::uint64_t process = 0;        ///< this process before the picture is read
  std::uint64_t peak = 0;           ///< resident memory of `restore` at its highest
};

/// `size` is cropped to what the task accepts. Throws InvalidArgument when it does not fit the task
/// or the prior.
Forecast forecast_restore(const Task& task, const Size& size, const Denoiser& prior,
                          const SolverChoice& solver);

}  // namespace modeseek
