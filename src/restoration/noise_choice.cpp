#include <cmath>

#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"
#include "modeseek/restore.hpp"

namespace modeseek {
namespace {

/// Solvers want a positive level; this one is far below what float32 pictures resolve.
constexpr float kSmallest = 1e-6F;

void raise(NoiseChoice& choice, float level, NoiseSource source) {
  if (choice.level >= level) return;
  choice.level = level;
  choice.source = source;
}

}  // namespace

std::string to_string(NoiseSource source) {
  switch (source) {
    case NoiseSource::given:
      return "given";
    case NoiseSource::estimated:
      return "auto";
    case NoiseSource::quantisation:
      return "quantisation floor";
    case NoiseSource::operator_floor:
      return "operator floor";
    case NoiseSource::smallest:
      break;
  }
  return "smallest";
}

NoiseChoice choose_noise(const PosedTask& posed, const Image& measurement,
                         std::optional<float> stated) {
  if (stated && !(std::isfinite(*stated) && *stated >= 0)) {
    throw InvalidArgument("the noise level must be finite and not negative, found " +
                          std::to_string(*stated));
  }
  if (!stated && !posed.op->range_is_image()) {
    throw InvalidArgument(
        "the noise of a measurement that is no picture cannot be estimated: state its level");
  }
  NoiseChoice choice;
  choice.source = stated ? NoiseSource::given : NoiseSource::estimated;
  choice.stated =
      stated ? *stated
             : static_cast<float>(estimate_noise(measurement.pixels, posed.op->known_entries()));
  choice.level = choice.stated;
  raise(choice, static_cast<float>(2 * measurement.quantisation()), NoiseSource::quantisation);
  raise(choice, posed.op->noise_floor(), NoiseSource::operator_floor);
  raise(choice, kSmallest, NoiseSource::smallest);
  return choice;
}

}  // namespace modeseek
