#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "operators/noise_floor.hpp"
#include "operators/operators.hpp"
#include "operators/plane_transform.hpp"
#include "operators/radon.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

/// The preconditioner's eigenvalues are at least this share of the largest: between the spokes of
/// the measured directions H^T H has none of its own.
constexpr double kPreconditionerFloor = 1e-3;

class Ct final : public Operator {
 public:
  Ct(const Shape& domain, const std::vector<double>& angles)
      : Operator(domain, {1, domain.c, static_cast<std::int64_t>(angles.size()),
                          Radon::detectors(domain.h, domain.w)}),
        radon_(domain.h, domain.w, angles),
        transform_(TransformKind::fourier, domain.h, domain.w),
        gram_(central_gram()) {
    largest_ = *std::max_element(gram_.begin(), gram_.end());
  }

  float noise_floor() const override {
    return spectral_noise_floor(0.0, 1.0, NormalSolve::iterative);
  }
  bool range_is_image() const override { return false; }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    for (std::int64_t n = 0; n < x.shape().n; ++n) {
      for (std::int64_t c = 0; c < x.shape().c; ++c) radon_.project(x.plane(n, c), y.plane(n, c));
    }
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    Tensor x(domain().with_samples(y.shape().n));
    for (std::int64_t n = 0; n < y.shape().n; ++n) {
      for (std::int64_t c = 0; c < y.shape().c; ++c) {
        radon_.back_project(y.plane(n, c), x.plane(n, c));
      }
    }
    return x;
  }

  // Away from the border H^T H is a convolution, with a spectrum that falls like 1 / |frequency|.
  Tensor do_precondition(Tensor r, double lam) const override {
    const double floor = kPreconditionerFloor * largest_;
    PlaneTransform::Plane filter(gram_.size());
    for (std::size_t k = 0; k < filter.size(); ++k) {
      filter[k] = static_cast<float>(1.0 / (std::max(gram_[k], floor) + lam));
    }
    return transform_.filter(r, filter);
  }

 private:
  /// The spectrum of H^T H's response to the central pixel, in the transform's layout.
  std::vector<double> central_gram() const {
    std::vector<float> image(static_cast<std::size_t>(domain().plane()));
    std::vector<float> sinogram(static_cast<std::size_t>(range().plane()));
    const std::int64_t top = domain().h / 2;
    const std::int64_t left = domain().w / 2;
    image[static_cast<std::size_t>(top * domain().w + left)] = 1.0F;
    radon_.project(image, sinogram);
    radon_.back_project(sinogram, image);
    PlaneTransform::Plane plane(image.size());
    for (std::int64_t y = 0; y < domain().h; ++y) {
      for (std::int64_t x = 0; x < domain().w; ++x) {
        const std::int64_t from = (y + top) % domain().h * domain().w + (x + left) % domain().w;
        plane[static_cast<std::size_t>(y * domain().w + x)] = image[static_cast<std::size_t>(from)];
      }
    }
    transform_.forward(plane);
    std::vector<double> gram(plane.size());
    for (std::size_t k = 0; k < gram.size(); ++k) gram[k] = static_cast<double>(plane[k].real());
    return gram;
  }

  Radon radon_;
  PlaneTransform transform_;
  std::vector<double> gram_;
  double largest_ = 0;
};

}  // namespace

std::unique_ptr<Operator> make_ct(const Shape& domain, const std::vector<double>& angles) {
  if (angles.empty()) throw InvalidArgument("computed tomography without an angle");
  return std::make_unique<Ct>(domain, angles);
}

}  // namespace modeseek
