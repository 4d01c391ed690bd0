#include "solvers/modal_measurement.hpp"

#include <algorithm>

#include "solvers/task_kind.hpp"

namespace modeseek {

ModalMeasurement::ModalMeasurement(const char* solver, const Operator& op, const Tensor& y,
                                   float threshold)
    : modes_(require_spectral(solver, op)), measured_(modes_->measured_modes(y)) {
  const auto values = modes_->singular_values().values();
  values_.assign(values.begin(), values.end());
  const float least = threshold * *std::max_element(values_.begin(), values_.end());
  for (float& value : values_) value = value > least ? value : 0.0F;
  for (std::int64_t n = 0; n < measured_.shape().n; ++n) {
    const auto sample = measured_.sample(n);
    for (std::size_t k = 0; k < values_.size(); ++k) {
      sample[k] = values_[k] > 0 ? sample[k] / values_[k] : 0.0F;
    }
  }
}

}  // namespace modeseek
