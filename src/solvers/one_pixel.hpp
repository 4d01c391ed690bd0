#pragma once

#include <memory>

#include "modeseek/operator.hpp"

namespace modeseek {

/// The identity on one pixel: a measurement that every solver can treat, for checking settings
/// where no measurement is known yet.
class OnePixel final : public Operator {
 public:
  OnePixel() : Operator({1, 1, 1, 1}, {1, 1, 1, 1}) {}

  double norm() const override { return 1.0; }
  std::unique_ptr<Spectral> spectral() const override { return std::make_unique<Modes>(); }

 protected:
  Tensor do_apply(const Tensor& x) const override { return x; }
  Tensor do_adjoint(const Tensor& y) const override { return y; }

 private:
  class Modes final : public Spectral {
   public:
    const Tensor& singular_values() const override { return one_; }
    Tensor to_modes(const Tensor& x) const override { return x; }
    Tensor from_modes(const Tensor& m) const override { return m; }
    Tensor measured_modes(const Tensor& y) const override { return y; }

   private:
    Tensor one_{Shape{1, 1, 1, 1}, 1.0F};
  };
};

}  // namespace modeseek
