#include <cmath>
#include <limits>

#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"

namespace modeseek {

double psnr(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.empty()) {
    throw InvalidArgument("psnr: expected images of equal shape, found " + to_string(a.shape()) +
                          " and " + to_string(b.shape()));
  }
  double sum = 0;
  for (std::int64_t i = 0; i < a.count(); ++i) {
    const double difference = static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i]);
    sum += difference * difference;
  }
  if (sum == 0) return std::numeric_limits<double>::infinity();
  // A difference on [-1, 1] is twice that on [0, 1].
  const double mean_square = sum / 4 / static_cast<double>(a.count());
  return -10 * std::log10(mean_square);
}

}  // namespace modeseek
