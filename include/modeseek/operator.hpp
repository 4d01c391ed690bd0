#pragma once

#include <memory>
#include <optional>

#include "modeseek/spectral.hpp"
#include "modeseek/tensor.hpp"

namespace modeseek {

/// How a conjugate-gradient solve ended.
struct SolveReport {
  int iterations = 0;            ///< 0 for a closed form
  double relative_residual = 0;  ///< |b - A u| / |b|, the worst of the samples
  bool converged = true;         ///< false when the iteration cap was hit
};

/// A linear measurement y = H x, matrix-free. `domain()` and `range()` are the shapes of one x and
/// one y (n = 1); every call takes any number of samples and treats each alike.
class Operator {
 public:
  Operator(const Shape& domain, const Shape& range);
  virtual ~Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  const Shape& domain() const noexcept { return domain_; }
  const Shape& range() const noexcept { return range_; }

  /// H x. Throws InvalidArgument when x does not have the domain's c, h, w.
  Tensor apply(const Tensor& x) const;
  /// H^T y. Throws InvalidArgument when y does not have the range's c, h, w.
  Tensor adjoint(const Tensor& y) const;
  /// (H^T H + lam I)^-1 b for b in the range of H^T, lam >= 0. Conjugate gradients started at zero
  /// (relative residual 1e-6, each sample on its own), unless the operator has a closed form.
  /// Throws InvalidArgument for a `lam` that is negative or not finite.
  Tensor solve_normal(const Tensor& b, double lam, SolveReport* report = nullptr) const;
  /// H^T (H H^T + lam I)^-1 y = (H^T H + lam I)^-1 H^T y, the regularised pseudo-inverse; by
  /// default solve_normal(H^T y). Prefer it to solve_normal wherever the right side is H^T of
  /// something: a closed form then divides by h + lam/h instead of h^2 + lam, so that for a small
  /// lam the float32 rounding of H^T y is not amplified by 1/lam.
  Tensor pseudo_inverse(const Tensor& y, double lam = 0.0, SolveReport* report = nullptr) const;

  /// Largest singular value, by default by the Lanczos method (seeded start, about 1e-4 relative).
  virtual double norm() const;
  /// Smallest noise level (on [-1, 1]) to assume in the solver: where the spectrum of H decays,
  /// anything lower amplifies float32 rounding and the network's own error (see docs). 0 when H
  /// needs none.
  virtual float noise_floor() const { return 0.0F; }
  /// c when H H^T = c I on the whole range (identity, block mean, colour mean; not a mask, whose
  /// missing entries are rows of zeros); chains use it for closed-form solves.
  virtual std::optional<double> row_gram() const { return std::nullopt; }
  /// Tensors of the domain's extent that a call takes at its peak beside its argument and its
  /// result, for forecasts of memory.
  virtual int tensors_taken() const { return 4; }
  /// True when y is itself a picture (that can be stored in an image file).
  virtual bool range_is_image() const { return true; }
  /// For a measurement that is x with entries missing: 1 where y is measured, 0 where missing,
  /// shape of range(); empty otherwise.
  virtual Tensor known_entries() const { return {}; }
  /// The singular value decomposition where the operator has one in fast transforms, else null.
  virtual std::unique_ptr<Spectral> spectral() const { return nullptr; }
  /// The derivative of `apply` at x [N, domain], a linear operator that takes exactly these N
  /// samples, each with its own derivative. Null for a linear operator, which is its own
  /// derivative.
  virtual std::unique_ptr<Operator> linearize(const Tensor& /*x*/) const { return nullptr; }

 protected:
  virtual Tensor do_apply(const Tensor& x) const = 0;
  virtual Tensor do_adjoint(const Tensor& y) const = 0;
  virtual Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& report) const;
  virtual Tensor do_pseudo_inverse(const Tensor& y, double lam, SolveReport& report) const;
  /// An approximation of (H^T H + lam I)^-1 r, symmetric positive definite, that speeds conjugate
  /// gradients up; by default r itself.
  virtual Tensor do_precondition(Tensor r, double lam) const;

 private:
  Shape domain_;
  Shape range_;
};

/// The operator on RGB images that measures the channel mean with `grey_op` (whose domain has one
/// channel): how a grey picture is restored with a colour prior. The restored picture is the
/// channel mean of the result. Its normal solve is closed when grey_op's is. Throws InvalidArgument
/// when grey_op's domain is not grey.
std::unique_ptr<Operator> grey_view(std::unique_ptr<Operator> grey_op);

}  // namespace modeseek
