#include "modeseek/restore.hpp"

#include <chrono>
#include <utility>

#include "restoration/picture.hpp"
#include "restoration/resample.hpp"

namespace modeseek {

Restored restore(const PosedTask& posed, const Image& measurement, const NoiseChoice& noise,
                 Denoiser& prior, const Solver& solver, const RunOptions& run) {
  prior.release_memory();
  require_memory(posed, prior, solver, run);
  const auto start = std::chrono::steady_clock::now();
  const Tensor y = without_unknown_entries(measurement.pixels, posed.op->known_entries());
  Result result = solver.solve(prior, *posed.op, y, noise.level, run);
  Restored restored;
  restored.image.pixels = to_picture(result.image, posed);
  restored.image.bits = measurement.bits;
  if (measurement.alpha) {
    restored.image.alpha =
        resample(*measurement.alpha, posed.picture.h, posed.picture.w, Interpolation::linear);
  }
  // For grey the deviation of the mean is at most the mean of the deviations.
  if (result.deviation) restored.deviation = to_picture(*result.deviation, posed);
  restored.noise = noise;
  restored.seed = run.seed;
  restored.certificate = result.certificates.at(0);
  restored.denoiser_evaluations = result.denoiser_evaluations;
  restored.vjp_evaluations = result.vjp_evaluations;
  restored.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return restored;
}

Restored restore(const Image& measurement, const Task& task, Denoiser& prior, const Solver& solver,
                 std::optional<float> noise, const RunOptions& run) {
  const PosedTask posed = pose(task, measurement.pixels.shape(), prior.constraints());
  return restore(posed, measurement, choose_noise(posed, measurement, noise), prior, solver, run);
}

}  // namespace modeseek
