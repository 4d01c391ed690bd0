#include "operators/kspace.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "modeseek/error.hpp"

namespace modeseek {

CentredFourier::Plane KspaceLayout::pair(const Tensor& t, std::int64_t n, std::int64_t channel) {
  const auto re = t.plane(n, channel);
  const auto im = t.plane(n, channel + 1);
  CentredFourier::Plane plane(re.size());
  for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = {re[i], im[i]};
  return plane;
}

CentredFourier::Plane KspaceLayout::real(const Tensor& t, std::int64_t n, std::int64_t channel) {
  const auto values = t.plane(n, channel);
  return {values.begin(), values.end()};
}

void KspaceLayout::store_image(const CentredFourier::Plane& plane, Tensor& x, std::int64_t n,
                               std::int64_t i) const {
  const auto re = x.plane(n, i);
  for (std::size_t k = 0; k < plane.size(); ++k) re[k] = plane[k].real();
  if (!complex_) return;
  const auto im = x.plane(n, 1);
  for (std::size_t k = 0; k < plane.size(); ++k) im[k] = plane[k].imag();
}

void KspaceLayout::store_kspace(const CentredFourier::Plane& plane, Tensor& y, std::int64_t n,
                                std::int64_t i, std::int64_t coil) const {
  const auto re = y.plane(n, 2 * (i * coils_ + coil));
  const auto im = y.plane(n, 2 * (i * coils_ + coil) + 1);
  for (std::size_t k = 0; k < plane.size(); ++k) {
    re[k] = plane[k].real();
    im[k] = plane[k].imag();
  }
}

std::vector<unsigned char> kspace_samples(const Tensor& keep, const Shape& domain) {
  if (keep.shape() != Shape{1, 1, domain.h, domain.w}) {
    throw InvalidArgument("the k-space mask is " + to_string(keep.shape()) + ", expected " +
                          to_string(Shape{1, 1, domain.h, domain.w}));
  }
  std::vector<unsigned char> samples;
  samples.reserve(static_cast<std::size_t>(keep.count()));
  for (const float value : keep.values()) samples.push_back(value != 0.0F);
  if (std::find(samples.begin(), samples.end(), 1) == samples.end()) {
    throw InvalidArgument("the k-space mask samples no frequency");
  }
  return samples;
}

}  // namespace modeseek
