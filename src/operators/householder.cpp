#include "operators/householder.hpp"

#include <cmath>
#include <utility>

#include "operators/work.hpp"

namespace modeseek {
namespace {

/// e1 - direction, of squared length 2.
std::vector<double> mirror_normal(const std::vector<double>& direction) {
  std::vector<double> normal(direction.size());
  double squared = 0;
  for (std::size_t i = 0; i < normal.size(); ++i) {
    normal[i] = (i == 0 ? 1.0 : 0.0) - direction[i];
    squared += normal[i] * normal[i];
  }
  for (double& value : normal) value = squared > 0 ? value * std::sqrt(2 / squared) : 0;
  return normal;
}

}  // namespace

GroupSpectral::GroupSpectral(const Shape& domain, Groups groups,
                             const std::vector<double>& direction, double gain)
    : domain_(domain.with_samples(1)),
      groups_(std::move(groups)),
      normal_(mirror_normal(direction)),
      values_(domain_) {
  for (std::int64_t g = 0; g < groups_.count; ++g) {
    values_.values()[static_cast<std::size_t>(groups_.entry(g, 0))] = static_cast<float>(gain);
  }
}

Tensor GroupSpectral::reflected(Tensor x) const {
  const auto size = static_cast<std::int64_t>(normal_.size());
  for (std::int64_t n = 0; n < x.shape().n; ++n) {
    const auto sample = x.sample(n);
    for_each_item(groups_.count, 2 * size, [&](std::int64_t g) {
      double product = 0;
      for (std::int64_t i = 0; i < size; ++i) {
        product += normal_[static_cast<std::size_t>(i)] *
                   static_cast<double>(sample[static_cast<std::size_t>(groups_.entry(g, i))]);
      }
      for (std::int64_t i = 0; i < size; ++i) {
        float& value = sample[static_cast<std::size_t>(groups_.entry(g, i))];
        value = static_cast<float>(static_cast<double>(value) -
                                   product * normal_[static_cast<std::size_t>(i)]);
      }
    });
  }
  return x;
}

Tensor GroupSpectral::measured_modes(const Tensor& y) const {
  Tensor modes(domain_.with_samples(y.shape().n));
  for (std::int64_t n = 0; n < y.shape().n; ++n) {
    for (std::int64_t g = 0; g < groups_.count; ++g) {
      modes.sample(n)[static_cast<std::size_t>(groups_.entry(g, 0))] =
          y.sample(n)[static_cast<std::size_t>(g)];
    }
  }
  return modes;
}

}  // namespace modeseek
