#include <algorithm>
#include <utility>

#include "operators/blur_spectrum.hpp"
#include "operators/border.hpp"
#include "operators/convolution.hpp"
#include "operators/noise_floor.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

/// The preconditioner's regularisation is at least this share of |h|^2: its eigenvalues are only
/// near those of H, and dividing by a smaller one would amplify the difference. Measured on 60x64
/// images with motion and Gaussian kernels, 1e-2 needs the fewest iterations overall.
constexpr double kPreconditionerFloor = 1e-2;

/// Taps that reach farther than a period of the bordered image say nothing new there, those that
/// only ever meet zeros say nothing at all.
Kernel fitted_kernel(Kernel kernel, const Shape& domain, Boundary boundary) {
  if (boundary == Boundary::valid) return kernel;
  if (boundary == Boundary::zero) return cropped_kernel(kernel, domain.h - 1, domain.w - 1);
  const std::int64_t periods = boundary == Boundary::reflect ? 2 : 1;
  if (kernel.h <= periods * domain.h && kernel.w <= periods * domain.w) return kernel;
  return wrapped_kernel(kernel, periods * domain.h, periods * domain.w);
}

Shape blurred_shape(const Shape& domain, const Kernel& kernel, Boundary boundary) {
  if (boundary != Boundary::valid) return domain;
  // Smaller than the kernel: ValidConvolution says so.
  return {1, domain.c, std::max<std::int64_t>(1, domain.h - kernel.h + 1),
          std::max<std::int64_t>(1, domain.w - kernel.w + 1)};
}

class Blur final : public Operator {
 public:
  Blur(const Shape& domain, const Kernel& kernel, bool symmetric, Boundary boundary)
      : Operator(domain, blurred_shape(domain, kernel, boundary)),
        exact_(boundary == Boundary::circular || (boundary == Boundary::reflect && symmetric)),
        border_(boundary, domain.h, domain.w, kernel.h - 1 - kernel.anchor_y, kernel.anchor_y,
                kernel.w - 1 - kernel.anchor_x, kernel.anchor_x),
        convolution_(kernel, border_.extended_h(), border_.extended_w()),
        spectrum_(boundary == Boundary::reflect ? TransformKind::cosine : TransformKind::fourier,
                  kernel, symmetric, domain.h, domain.w) {}

  double norm() const override { return exact_ ? spectrum_.largest() : Operator::norm(); }

  /// Conjugate gradients keep four, and each application and preconditioning extends and
  /// transforms.
  int tensors_taken() const override { return exact_ ? 4 : 11; }

  float noise_floor() const override {
    return spectral_noise_floor(spectrum_.smallest(), spectrum_.largest(),
                                exact_ ? NormalSolve::closed_form : NormalSolve::iterative);
  }

  std::unique_ptr<Spectral> spectral() const override {
    return exact_ ? spectrum_.decomposition(domain()) : nullptr;
  }

 protected:
  Tensor do_apply(const Tensor& x) const override { return convolution_.apply(border_.extend(x)); }

  Tensor do_adjoint(const Tensor& y) const override {
    return border_.fold(convolution_.adjoint(y));
  }

  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& report) const override {
    return exact_ ? spectrum_.solve(b, lam) : Operator::do_solve_normal(b, lam, report);
  }

  Tensor do_pseudo_inverse(const Tensor& y, double lam, SolveReport& report) const override {
    return exact_ ? spectrum_.pseudo_inverse(y, lam) : Operator::do_pseudo_inverse(y, lam, report);
  }

  Tensor do_precondition(Tensor r, double lam) const override {
    const double floor = kPreconditionerFloor * spectrum_.largest() * spectrum_.largest();
    return spectrum_.solve(r, std::max(lam, floor));
  }

 private:
  bool exact_;  ///< the spectrum is H's own, not that of a close relative
  Border border_;
  ValidConvolution convolution_;
  BlurSpectrum spectrum_;
};

}  // namespace

std::unique_ptr<Operator> make_blur(const Shape& domain, Kernel kernel, Boundary boundary) {
  const bool symmetric = is_symmetric(kernel);
  return std::make_unique<Blur>(domain, fitted_kernel(std::move(kernel), domain, boundary),
                                symmetric, boundary);
}

}  // namespace modeseek
