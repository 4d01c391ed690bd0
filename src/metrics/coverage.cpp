#include <cmath>

#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"

namespace modeseek {

std::array<double, 3> coverage(const Tensor& x, const Tensor& deviation, const Tensor& truth) {
  if (x.empty() || x.shape() != truth.shape() || x.shape() != deviation.shape()) {
    throw InvalidArgument("coverage: expected three tensors of equal shape, found " +
                          to_string(x.shape()) + ", " + to_string(deviation.shape()) + " and " +
                          to_string(truth.shape()));
  }
  std::array<std::int64_t, 3> within{};
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const float error = std::abs(x.data()[i] - truth.data()[i]);
    for (std::size_t k = 0; k < within.size(); ++k) {
      if (error <= static_cast<float>(k + 1) * deviation.data()[i]) ++within[k];
    }
  }
  std::array<double, 3> shares{};
  for (std::size_t k = 0; k < shares.size(); ++k) {
    shares[k] = static_cast<double>(within[k]) / static_cast<double>(x.count());
  }
  return shares;
}

}  // namespace modeseek
