#include "restoration/forecast.hpp"

#include "restoration/machine.hpp"

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

Forecast forecast_restore(const Task& task, const Size& size, const Denoiser& prior,
                          const SolverChoice& choice) {
  const std::uint64_t process = resident_memory();
  const PosedTask posed = pose_for_size(task, size, prior.constraints());
  const auto solver = choice(*posed.op, posed.op->noise_floor());
  Forecast forecast;
  forecast.picture = posed.picture;
  forecast.measurement = posed.op->range();
  forecast.norm = posed.op->norm();
  forecast.noise_floor = posed.op->noise_floor();
  forecast.evaluations = solver->expected_evaluations();
  forecast.denoise = prior.memory_bytes(posed.op->domain(), false);
  forecast.vjp = prior.memory_bytes(posed.op->domain(), true);
  forecast.process = process;
  forecast.peak =
      process + tensor_bytes(forecast.measurement) + memory_needed(posed, prior, *solver);
  return forecast;
}

}  // namespace modeseek
