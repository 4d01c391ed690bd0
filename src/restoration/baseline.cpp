#include "restoration/baseline.hpp"

#include <cmath>

namespace modeseek {
namespace {

constexpr int kBisections = 16;

/// Entries that are measured at all: the others are 0 in y and in H x, and carry no noise.
double measured_entries(const Operator& op) {
  const Tensor known = op.known_entries();
  if (known.empty()) return static_cast<double>(op.range().count());
  double count = 0;
  for (const float value : known.values()) count += value != 0.0F ? 1 : 0;
  return count;
}

}  // namespace

Tensor regularised_pseudo_inverse(const Operator& op, const Tensor& y, float noise) {
  if (noise <= 0) return op.pseudo_inverse(y, 0.0);
  const double target = double(noise) * std::sqrt(measured_entries(op));
  const double scale = op.norm() * op.norm();
  double low = -6;  // log10 of lam, relative to the largest eigenvalue of H^T H
  double high = 2;
  for (int i = 0; i < kBisections; ++i) {
    const double middle = (low + high) / 2;
    const Tensor x = op.pseudo_inverse(y, scale * std::pow(10.0, middle));
    (norm(y - op.apply(x)) > target ? high : low) = middle;
  }
  return op.pseudo_inverse(y, scale * std::pow(10.0, low));
}

}  // namespace modeseek
