#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "operators/non_linear.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

/// A function of every pixel on its own.
class Pointwise : public NonLinearOperator {
 protected:
  explicit Pointwise(const Shape& domain) : NonLinearOperator(domain, domain) {}

  virtual double value(double x) const = 0;
  virtual double slope(double x) const = 0;

  Tensor do_apply(const Tensor& x) const override {
    Tensor y = x;
    for (float& v : y.values()) v = static_cast<float>(value(static_cast<double>(v)));
    return y;
  }

  std::unique_ptr<Operator> derivative(const Tensor& x) const override {
    Tensor weights = x;
    for (float& v : weights.values()) v = static_cast<float>(slope(static_cast<double>(v)));
    return make_diagonal(std::move(weights));
  }
};

class HighDynamicRange final : public Pointwise {
 public:
  explicit HighDynamicRange(const Shape& domain) : Pointwise(domain) {}
  double norm() const override { return 2.0; }

 protected:
  double value(double x) const override { return std::clamp(2 * x, -1.0, 1.0); }
  double slope(double x) const override { return std::abs(2 * x) < 1 ? 2.0 : 0.0; }
};

class Gamma final : public Pointwise {
 public:
  Gamma(const Shape& domain, double exponent) : Pointwise(domain), exponent_(exponent) {}
  double norm() const override { return std::max(slope(-1), slope(1)); }

 protected:
  double value(double x) const override {
    const double v = (x + 1) / 2;
    const double inside = std::clamp(v, kDarkest, 1.0);
    return 2 * (std::pow(inside, exponent_) + (v - inside) * slope(x)) - 1;
  }
  double slope(double x) const override {
    return exponent_ * std::pow(std::clamp((x + 1) / 2, kDarkest, 1.0), exponent_ - 1);
  }

 private:
  /// Below this value on [0, 1], and above 1, the curve goes on along its tangent: a power of zero
  /// has no finite slope, a power of a negative number no value.
  static constexpr double kDarkest = 1.0 / 256;

  double exponent_;
};

class Quantise final : public Pointwise {
 public:
  Quantise(const Shape& domain, int bits) : Pointwise(domain), steps_(std::ldexp(1.0, bits) - 1) {}
  double norm() const override { return 1.0; }
  /// The rounding error, uniform on a step of 2 / (2^bits - 1), seen as noise.
  float noise_floor() const override { return static_cast<float>(2 / (steps_ * std::sqrt(12.0))); }

 protected:
  double value(double x) const override {
    const double level = std::clamp((x + 1) / 2, 0.0, 1.0) * steps_;
    return 2 * std::round(level) / steps_ - 1;
  }
  // Straight-through estimator: rounding and clipping pass for the identity (Bengio, Leonard,
  // Courville, arXiv 1308.3432).
  double slope(double /*x*/) const override { return 1.0; }

 private:
  double steps_;
};

}  // namespace

std::unique_ptr<Operator> make_hdr(const Shape& domain) {
  return std::make_unique<HighDynamicRange>(domain);
}

std::unique_ptr<Operator> make_gamma(const Shape& domain, double exponent) {
  if (!(exponent >= kMinGamma && exponent <= kMaxGamma)) {
    throw InvalidArgument("gamma of " + std::to_string(exponent) + ", expected " +
                          std::to_string(kMinGamma) + " to " + std::to_string(kMaxGamma));
  }
  return std::make_unique<Gamma>(domain, exponent);
}

std::unique_ptr<Operator> make_quantise(const Shape& domain, int bits) {
  if (bits < 1 || bits > kMaxQuantiseBits) {
    throw InvalidArgument("quantisation to " + std::to_string(bits) + " bits, expected 1 to " +
                          std::to_string(kMaxQuantiseBits));
  }
  return std::make_unique<Quantise>(domain, bits);
}

}  // namespace modeseek
