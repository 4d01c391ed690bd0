#include "modeseek/lpips.hpp"

#include <cmath>

#include "metrics/colour.hpp"
#include "metrics/lpips_network.hpp"
#include "modeseek/error.hpp"

namespace modeseek {

Lpips::Lpips(const std::string& path)
    : network_(std::make_unique<metrics::LpipsNetwork>(checkpoints::open_checkpoint(path))) {}

Lpips::~Lpips() = default;
Lpips::Lpips(Lpips&&) noexcept = default;
Lpips& Lpips::operator=(Lpips&&) noexcept = default;

double Lpips::operator()(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.empty()) {
    throw InvalidArgument("LPIPS: expected pictures of equal shape, found " + to_string(a.shape()) +
                          " and " + to_string(b.shape()));
  }
  check(a.shape());
  double sum = 0;
  for (std::int64_t n = 0; n < a.shape().n; ++n) {
    sum +=
        network_->distance(metrics::rgb_sample(a, n, "LPIPS"), metrics::rgb_sample(b, n, "LPIPS"));
  }
  if (!std::isfinite(sum)) {
    throw InvalidArgument("LPIPS: no finite distance: pictures or weights hold NaN or huge values");
  }
  return sum / static_cast<double>(a.shape().n);
}

void Lpips::check(const Shape& shape) const { network_->check(shape); }

std::uint64_t Lpips::memory_bytes(const Shape& shape) { return network_->memory_bytes(shape); }

}  // namespace modeseek
