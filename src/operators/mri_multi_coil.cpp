#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "operators/kspace.hpp"
#include "operators/noise_floor.hpp"
#include "operators/operators.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

using Plane = CentredFourier::Plane;

Plane sensitivity(const Tensor& coils, std::int64_t coil) {
  const auto re = coils.plane(coil, 0);
  const auto im = coils.plane(coil, 1);
  Plane plane(re.size());
  for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = {re[i], im[i]};
  return plane;
}

void require_coils(const Tensor& coils, const Shape& domain) {
  const Shape& found = coils.shape();
  if (found.n < 1 || found != Shape{found.n, 2, domain.h, domain.w}) {
    throw InvalidArgument("the coil sensitivities are " + to_string(found) + ", expected " +
                          to_string(Shape{1, 2, domain.h, domain.w}) +
                          " with any number of coils (real and imaginary part)");
  }
  if (!all_finite(coils)) {
    throw InvalidArgument("the coil sensitivities hold a value that is not finite");
  }
}

/// y_k = M F (S_k x) for every coil k (SENSE: Pruessmann, Weiger, Scheidegger, Boesiger, 1999).
class MultiCoilMri final : public Operator {
 public:
  MultiCoilMri(const Shape& domain, const KspaceLayout& layout, std::vector<Plane> coils,
               std::vector<unsigned char> samples)
      : Operator(domain, layout.range()),
        fourier_(domain.h, domain.w),
        layout_(layout),
        coils_(std::move(coils)),
        samples_(std::move(samples)) {}

  // What the coils tell of the missing frequencies decays to nothing.
  float noise_floor() const override {
    return spectral_noise_floor(0.0, 1.0, NormalSolve::iterative);
  }
  bool range_is_image() const override { return false; }
  Tensor known_entries() const override {
    Tensor known(range());
    for (std::int64_t c = 0; c < range().c; ++c) {
      std::copy(samples_.begin(), samples_.end(), known.plane(0, c).begin());
    }
    return known;
  }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    const std::int64_t views = layout_.images() * layout_.coils();
    for_each_item(x.shape().n * views, domain().plane(), [&](std::int64_t item) {
      const std::int64_t n = item / views;
      const std::int64_t i = item % views / layout_.coils();
      const std::int64_t coil = item % layout_.coils();
      const Plane& weights = coils_[static_cast<std::size_t>(coil)];
      Plane plane = layout_.image(x, n, i);
      for (std::size_t k = 0; k < plane.size(); ++k) plane[k] = product(plane[k], weights[k]);
      plane = fourier_.forward(plane);
      mask(plane);
      layout_.store_kspace(plane, y, n, i, coil);
    });
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    Tensor x(domain().with_samples(y.shape().n));
    for_each_item(y.shape().n * layout_.images(), domain().plane(), [&](std::int64_t item) {
      const std::int64_t n = item / layout_.images();
      const std::int64_t i = item % layout_.images();
      Plane sum(static_cast<std::size_t>(domain().plane()));
      for (std::int64_t coil = 0; coil < layout_.coils(); ++coil) {
        const Plane& weights = coils_[static_cast<std::size_t>(coil)];
        Plane plane = layout_.kspace(y, n, i, coil);
        mask(plane);
        plane = fourier_.inverse(plane);
        for (std::size_t k = 0; k < sum.size(); ++k) {
          sum[k] += product(plane[k], std::conj(weights[k]));
        }
      }
      layout_.store_image(sum, x, n, i);
    });
    return x;
  }

 private:
  void mask(Plane& plane) const {
    for (std::size_t k = 0; k < plane.size(); ++k) {
      if (samples_[k] == 0) plane[k] = 0.0F;
    }
  }

  CentredFourier fourier_;
  KspaceLayout layout_;
  std::vector<Plane> coils_;
  std::vector<unsigned char> samples_;
};

}  // namespace

std::unique_ptr<Operator> make_multi_coil_mri(const Shape& domain, const Tensor& keep,
                                              const Tensor& coils) {
  require_coils(coils, domain);
  std::vector<Plane> planes;
  for (std::int64_t k = 0; k < coils.shape().n; ++k) planes.push_back(sensitivity(coils, k));
  return std::make_unique<MultiCoilMri>(domain, KspaceLayout(domain, coils.shape().n),
                                        std::move(planes), kspace_samples(keep, domain));
}

}  // namespace modeseek
