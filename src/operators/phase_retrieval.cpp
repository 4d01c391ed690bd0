#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "operators/centred_fourier.hpp"
#include "operators/noise_floor.hpp"
#include "operators/non_linear.hpp"
#include "operators/operators.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

using Plane = CentredFourier::Plane;

/// F pad(x): zeros all around the image, then the centred Fourier transform; and its transpose.
class PaddedFourier {
 public:
  explicit PaddedFourier(const Shape& domain)
      : h_(domain.h),
        w_(domain.w),
        top_(domain.h / 4),
        left_(domain.w / 4),
        fourier_(domain.h + 2 * top_, domain.w + 2 * left_) {}

  std::int64_t h() const { return fourier_.h(); }
  std::int64_t w() const { return fourier_.w(); }

  /// Of x + shift.
  Plane forward(std::span<const float> x, float shift) const {
    Plane padded(static_cast<std::size_t>(h() * w()));
    for (std::int64_t i = 0; i < h_; ++i) {
      for (std::int64_t j = 0; j < w_; ++j) {
        padded[place(i, j)] = x[static_cast<std::size_t>(i * w_ + j)] + shift;
      }
    }
    return fourier_.forward(padded);
  }

  void transposed(const Plane& spectrum, std::span<float> x) const {
    const Plane padded = fourier_.inverse(spectrum);
    for (std::int64_t i = 0; i < h_; ++i) {
      for (std::int64_t j = 0; j < w_; ++j) {
        x[static_cast<std::size_t>(i * w_ + j)] = padded[place(i, j)].real();
      }
    }
  }

 private:
  std::size_t place(std::int64_t i, std::int64_t j) const {
    return static_cast<std::size_t>((i + top_) * w() + j + left_);
  }

  std::int64_t h_;
  std::int64_t w_;
  std::int64_t top_;
  std::int64_t left_;
  CentredFourier fourier_;
};

/// v -> Re(conj(e) F pad v) with the unit phases e of F pad(x + 1).
class PhaseDerivative final : public Operator {
 public:
  PhaseDerivative(const Shape& domain, const Shape& range,
                  std::shared_ptr<const PaddedFourier> fourier, std::vector<Plane> phases)
      : Operator(domain, range), fourier_(std::move(fourier)), phases_(std::move(phases)) {}

  float noise_floor() const override {
    return spectral_noise_floor(0.0, 1.0, NormalSolve::iterative);
  }
  bool range_is_image() const override { return false; }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    for_each_plane(y.shape(), [&](std::int64_t n, std::int64_t c) {
      const Plane spectrum = fourier_->forward(x.plane(n, c), 0.0F);
      const Plane& phase = phases_[static_cast<std::size_t>(c)];
      const auto out = y.plane(n, c);
      for (std::size_t k = 0; k < out.size(); ++k) {
        out[k] = product(std::conj(phase[k]), spectrum[k]).real();
      }
    });
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    Tensor x(domain().with_samples(y.shape().n));
    for_each_plane(y.shape(), [&](std::int64_t n, std::int64_t c) {
      Plane spectrum = phases_[static_cast<std::size_t>(c)];
      const auto in = y.plane(n, c);
      for (std::size_t k = 0; k < in.size(); ++k) spectrum[k] *= in[k];
      fourier_->transposed(spectrum, x.plane(n, c));
    });
    return x;
  }

 private:
  std::shared_ptr<const PaddedFourier> fourier_;
  std::vector<Plane> phases_;  ///< one a channel
};

class PhaseRetrieval final : public NonLinearOperator {
 public:
  PhaseRetrieval(const Shape& domain, std::shared_ptr<const PaddedFourier> fourier)
      : NonLinearOperator(domain, {1, domain.c, fourier->h(), fourier->w()}),
        fourier_(std::move(fourier)) {}

  double norm() const override { return 1.0; }
  float noise_floor() const override {
    return spectral_noise_floor(0.0, 1.0, NormalSolve::iterative);
  }
  bool range_is_image() const override { return false; }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    for_each_plane(y.shape(), [&](std::int64_t n, std::int64_t c) {
      const Plane spectrum = fourier_->forward(x.plane(n, c), 1.0F);
      const auto out = y.plane(n, c);
      for (std::size_t k = 0; k < out.size(); ++k) out[k] = std::abs(spectrum[k]);
    });
    return y;
  }

  std::unique_ptr<Operator> derivative(const Tensor& x) const override {
    std::vector<Plane> phases(static_cast<std::size_t>(domain().c));
    for_each_plane(range(), [&](std::int64_t n, std::int64_t c) {
      Plane phase = fourier_->forward(x.plane(n, c), 1.0F);
      for (PlaneTransform::Complex& value : phase) {
        // Where the amplitude vanishes every phase will do.
        const float amplitude = std::abs(value);
        value = amplitude > 0 ? value / amplitude : PlaneTransform::Complex(1.0F);
      }
      phases[static_cast<std::size_t>(c)] = std::move(phase);
    });
    return std::make_unique<PhaseDerivative>(domain(), range(), fourier_, std::move(phases));
  }

 private:
  std::shared_ptr<const PaddedFourier> fourier_;
};

}  // namespace

std::unique_ptr<Operator> make_phase_retrieval(const Shape& domain) {
  return std::make_unique<PhaseRetrieval>(domain, std::make_shared<const PaddedFourier>(domain));
}

}  // namespace modeseek
