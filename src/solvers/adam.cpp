#include "solvers/adam.hpp"

#include <cmath>

namespace modeseek {

Adam::Adam(const Shape& shape, const Options& options)
    : options_(options), mean_(shape), square_(shape) {}

void Adam::step(Tensor& x, const Tensor& gradient) {
  correction1_ *= static_cast<double>(options_.beta1);
  correction2_ *= static_cast<double>(options_.beta2);
  const auto size =
      static_cast<float>(static_cast<double>(options_.step_size) / (1 - correction1_));
  const auto unbias = static_cast<float>(1 / std::sqrt(1 - correction2_));
  for (std::size_t i = 0; i < x.values().size(); ++i) {
    const float g = gradient.values()[i];
    float& mean = mean_.values()[i];
    float& square = square_.values()[i];
    mean = options_.beta1 * mean + (1 - options_.beta1) * g;
    square = options_.beta2 * square + (1 - options_.beta2) * g * g;
    x.values()[i] -= size * mean / (unbias * std::sqrt(square) + options_.epsilon);
  }
}

}  // namespace modeseek
