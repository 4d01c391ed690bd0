#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "modeseek/denoiser.hpp"
#include "modeseek/image.hpp"
#include "modeseek/operator.hpp"
#include "modeseek/solver.hpp"
#include "modeseek/solver_registry.hpp"
#include "modeseek/task.hpp"

namespace modeseek {

/// What follows from a task, the extent of a measurement and a prior: the operator that the solver
/// sees, and how the solver's unknown becomes the picture that the user wants.
struct PosedTask {
  std::unique_ptr<Operator> op;  ///< domain: the prior's channels, margins included
  /// The measurement is that of a grey image and the prior colour: `op` measures the channel mean,
  /// and the picture is that mean.
  bool grey = false;
  Shape picture;         ///< the result, n = 1
  std::int64_t top = 0;  ///< rows of the unknown above the picture (blur with boundary `valid`)
  std::int64_t left = 0;
};

/// Rows and columns.
struct Size {
  std::int64_t h = 0;
  std::int64_t w = 0;
};

/// `size`, the extent of the unknown, is needed only where the measurement does not tell it (stack,
/// compressed sensing, projections, matrices). Throws InvalidArgument when the measurement does not
/// fit the task or the task's image does not fit the prior.
PosedTask pose(const Task& task, const Shape& measurement, const ImageConstraints& prior,
               std::optional<Size> size = std::nullopt, const ArrayLoader& load = load_array);

/// Where the noise level of a restoration came from.
enum class NoiseSource { given, estimated, quantisation, operator_floor, smallest };

/// "given", "auto", "quantisation floor", "operator floor", "smallest"
std::string to_string(NoiseSource source);

/// The noise level that a solver is told, and why. Levels are on the [-1, 1] scale.
struct NoiseChoice {
  float level = 0;   ///< the level used, positive
  float stated = 0;  ///< the level given or estimated, before the floors
  NoiseSource source = NoiseSource::given;
};

/// The largest of the stated level (estimated from the measurement when absent), the rounding of
/// the file that the measurement came from, the operator's noise floor, and 1e-6. Throws
/// InvalidArgument when `stated` is negative or not finite, or absent for a measurement that is no
/// picture.
NoiseChoice choose_noise(const PosedTask& posed, const Image& measurement,
                         std::optional<float> stated);

/// A restored picture and what is known about it.
struct Restored {
  Image image;  ///< alpha and bits are those of the measurement
  NoiseChoice noise;
  Certificate certificate;
  std::optional<Tensor> deviation;  ///< shape of the picture, on the [-1, 1] scale
  int denoiser_evaluations = 0;
  int vjp_evaluations = 0;
  double seconds = 0;
  std::uint64_t seed = 0;  ///< of the run that gave the picture
};

/// Throws OutOfMemory when memory_needed exceeds available_memory().
void require_memory(const PosedTask& posed, const Denoiser& prior, const Solver& solver,
                    const RunOptions& run = {});

/// Restores the picture behind a measurement. Measurement pixels that the task calls missing are
/// ignored. Throws OutOfMemory before it starts, as require_memory does, Cancelled when
/// run.progress says stop, InvalidArgument as Solver::solve does.
Restored restore(const PosedTask& posed, const Image& measurement, const NoiseChoice& noise,
                 Denoiser& prior, const Solver& solver, const RunOptions& run = {});

/// The best of `restarts` >= 1 runs with the seeds run.seed, run.seed + 1, ...: that of the
/// smallest residual ratio. For non-linear measurements (phase retrieval), where a run may end at a
/// stationary point that explains the measurement badly. Evaluations and seconds are those of all
/// runs. Throws as restore does.
Restored restore_best(const PosedTask& posed, const Image& measurement, const NoiseChoice& noise,
                      Denoiser& prior, const Solver& solver, const RunOptions& run, int restarts);

/// pose, choose_noise and restore in one call. `noise` on [-1, 1]; estimated when absent.
Restored restore(const Image& measurement, const Task& task, Denoiser& prior, const Solver& solver,
                 std::optional<float> noise = std::nullopt, const RunOptions& run = {});

/// The measurement of a clean picture: cropped at the bottom and on the right to the extent that
/// the task accepts, H x + noise z; pixels that the task calls missing are black (-1), missing
/// entries of a measurement that is no picture 0. `noise` on
/// [-1, 1]. Throws InvalidArgument when the picture does not fit the task.
Image degrade(const Image& clean, const Task& task, float noise, std::uint64_t seed,
              const ArrayLoader& load = load_array);

/// One denoiser evaluation at noise level `sigma` on [-1, 1], nothing added. A grey picture goes
/// through a colour prior as three equal channels, of which the mean is returned: at sqrt(3) sigma,
/// the noise that they carry along the grey axis. The prior works
/// in pieces, if need be, so that the process keeps to `max_memory` bytes and available_memory().
/// Throws OutOfMemory before it starts when that is not possible.
Image denoise(const Image& noisy, Denoiser& prior, float sigma,
              std::uint64_t max_memory = std::numeric_limits<std::uint64_t>::max());

/// Bytes that restore() takes at its peak beyond the measurement and what the process already
/// holds: the solver's tensors and the prior's memory.
std::uint64_t memory_needed(const PosedTask& posed, const Denoiser& prior, const Solver& solver,
                            const RunOptions& run = {});

/// Bytes this process may still take: the least of the machine's available memory, the limit of its
/// control group and the limit on its address space.
std::uint64_t available_memory();

}  // namespace modeseek
