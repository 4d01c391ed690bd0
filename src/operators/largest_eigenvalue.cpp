#include "operators/largest_eigenvalue.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace modeseek {
namespace {

constexpr int kMaxIterations = 100;
constexpr double kTolerance = 1e-6;

/// The symmetric tridiagonal matrix that the iteration builds.
struct Tridiagonal {
  std::vector<double> diagonal;
  std::vector<double> beside;  ///< one shorter

  /// True when every eigenvalue is below x: no pivot of x I - T is negative (Sturm).
  bool is_below(double x) const {
    double pivot = 1;
    for (std::size_t i = 0; i < diagonal.size(); ++i) {
      const double coupling = i > 0 ? beside[i - 1] * beside[i - 1] / pivot : 0;
      pivot = x - diagonal[i] - coupling;
      if (!(pivot > 0)) return false;
    }
    return true;
  }

  double largest() const {
    double low = *std::max_element(diagonal.begin(), diagonal.end());
    double high = 0;  // Gershgorin
    for (std::size_t i = 0; i < diagonal.size(); ++i) {
      const double left = i > 0 ? std::abs(beside[i - 1]) : 0;
      const double right = i < beside.size() ? std::abs(beside[i]) : 0;
      high = std::max(high, diagonal[i] + left + right);
    }
    while (high - low > 1e-9 * high) {
      const double middle = (low + high) / 2;
      (is_below(middle) ? high : low) = middle;
    }
    return high;
  }
};

}  // namespace

double largest_eigenvalue(const std::function<Tensor(const Tensor&)>& matrix, Tensor start) {
  const double length = norm(start);
  if (!(length > 0)) return 0;
  Tensor current = static_cast<float>(1 / length) * std::move(start);
  Tensor previous(current.shape());
  Tridiagonal t;
  double value = 0;
  for (int i = 0; i < kMaxIterations; ++i) {
    Tensor next = matrix(current);
    t.diagonal.push_back(dot(current, next));
    add_scaled(next, static_cast<float>(-t.diagonal.back()), current);
    if (!t.beside.empty()) add_scaled(next, static_cast<float>(-t.beside.back()), previous);
    const double estimate = t.largest();
    const double left = norm(next);
    const bool settled = i > 2 && std::abs(estimate - value) <= kTolerance * estimate;
    value = std::max(value, estimate);
    // Nothing left: the start lies in the few directions seen so far.
    if (settled || !(left > kTolerance * value)) break;
    t.beside.push_back(left);
    previous = std::exchange(current, static_cast<float>(1 / left) * std::move(next));
  }
  return std::max(value, 0.0);
}

}  // namespace modeseek
