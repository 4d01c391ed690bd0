#include "solvers/sample_algebra.hpp"

namespace modeseek {

std::vector<double> sample_dots(const Tensor& a, const Tensor& b) {
  std::vector<double> result;
  for (std::int64_t n = 0; n < a.shape().n; ++n) result.push_back(dot(a.sample(n), b.sample(n)));
  return result;
}

void add_scaled_samples(Tensor& y, const std::vector<double>& factors, const Tensor& x) {
  for (std::int64_t n = 0; n < y.shape().n; ++n) {
    const auto factor = static_cast<float>(factors[static_cast<std::size_t>(n)]);
    const std::span<float> out = y.sample(n);
    const std::span<const float> in = x.sample(n);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += factor * in[i];
  }
}

}  // namespace modeseek
