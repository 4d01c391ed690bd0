#include "restoration/forecast.hpp"

#include <algorithm>

#include "restoration/machine.hpp"
#include "restoration/memory.hpp"

namespace modeseek {
namespace {

std::uint64_t tensor_bytes(const Shape& shape) {
  return static_cast<std::uint64_t>(shape.count()) * sizeof(float);
}

PosedTask pose_for_size(const Task& task, const Size& size, const ImageConstraints& prior) {
  const Shape image{1, prior.channels != 0 ? prior.channels : 3, size.h, size.w};
  const Shape fit = task.fitting_shape(image);
  return pose(task, task.build(fit)->range(), prior, Size{fit.h, fit.w});
}

}  // namespace

Forecast forecast_restore(const Task& task, const Size& size, Denoiser& prior,
                          const SolverChoice& choice, std::uint64_t max_memory) {
  const std::uint64_t process = resident_memory();
  const PosedTask posed = pose_for_size(task, size, prior.constraints());
  const auto solver = choice(*posed.op, posed.op->noise_floor());
  const std::uint64_t measurement = tensor_bytes(posed.op->range());
  fit_memory_elsewhere(posed, prior, *solver, max_memory - std::min(max_memory, measurement));
  Forecast forecast;
  forecast.picture = posed.picture;
  forecast.unknown = posed.op->domain();
  forecast.measurement = posed.op->range();
  forecast.norm = posed.op->norm();
  forecast.noise_floor = posed.op->noise_floor();
  forecast.evaluations = solver->expected_evaluations();
  forecast.denoise = prior.memory_bytes(posed.op->domain(), false);
  forecast.vjp = prior.memory_bytes(posed.op->domain(), true);
  forecast.process = process;
  forecast.peak = process + measurement + memory_needed(posed, prior, *solver);
  return forecast;
}

}  // namespace modeseek
