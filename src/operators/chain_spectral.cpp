#include "operators/chain_spectral.hpp"

#include <cmath>
#include <utility>

namespace modeseek {
namespace {

std::vector<std::size_t> measured_places(const Tensor& singular_values) {
  std::vector<std::size_t> places;
  for (std::size_t k = 0; k < singular_values.values().size(); ++k) {
    if (singular_values.values()[k] > 0) places.push_back(k);
  }
  return places;
}

}  // namespace

ChainSpectral::ChainSpectral(std::shared_ptr<const Operator> first, double row_gram,
                             std::unique_ptr<Spectral> inner, std::unique_ptr<Spectral> outer)
    : first_(std::move(first)),
      scale_(static_cast<float>(1 / std::sqrt(row_gram))),
      inner_(std::move(inner)),
      outer_(std::move(outer)),
      places_(measured_places(inner_->singular_values())),
      values_(first_->domain()) {
  place(static_cast<float>(std::sqrt(row_gram)) * outer_->singular_values(), values_);
}

Tensor ChainSpectral::to_modes(const Tensor& x) const {
  Tensor modes = inner_->to_modes(x);
  place(outer_->to_modes(scale_ * first_->apply(x)), modes);
  return modes;
}

Tensor ChainSpectral::from_modes(const Tensor& m) const {
  Tensor measured(first_->range().with_samples(m.shape().n));
  Tensor others(m);
  for (std::int64_t n = 0; n < m.shape().n; ++n) {
    for (std::size_t k = 0; k < places_.size(); ++k) {
      float& value = others.sample(n)[places_[k]];
      measured.sample(n)[k] = value;
      value = 0;
    }
  }
  return scale_ * first_->adjoint(outer_->from_modes(measured)) + inner_->from_modes(others);
}

Tensor ChainSpectral::measured_modes(const Tensor& y) const {
  Tensor modes(values_.shape().with_samples(y.shape().n));
  place(outer_->measured_modes(y), modes);
  return modes;
}

void ChainSpectral::place(const Tensor& outer_modes, Tensor& modes) const {
  for (std::int64_t n = 0; n < modes.shape().n; ++n) {
    for (std::size_t k = 0; k < places_.size(); ++k) {
      modes.sample(n)[places_[k]] = outer_modes.sample(n)[k];
    }
  }
}

}  // namespace modeseek
