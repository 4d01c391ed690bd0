#pragma once

#include <memory>
#include <utility>

#include "modeseek/denoiser.hpp"

namespace modeseek::test {

/// The exact denoiser of white Gaussian images N(0, I) of any size: D = x / (1 + s^2). Takes no
/// memory of its own.
class WhitePrior : public Denoiser {
 public:
  explicit WhitePrior(ImageConstraints constraints = {}) : constraints_(std::move(constraints)) {}

  Tensor denoise(const Tensor& x, std::span<const float> sigma) override {
    return shrunk(x, sigma[0]);
  }
  std::unique_ptr<Linearization> linearize(const Tensor& x, std::span<const float> sigma) override {
    return std::make_unique<Linear>(shrunk(x, sigma[0]), sigma[0]);
  }
  ImageConstraints constraints() const override { return constraints_; }
  std::uint64_t memory_bytes(const Shape&, bool) const override { return 0; }

 private:
  static Tensor shrunk(const Tensor& x, float sigma) { return (1 / (1 + sigma * sigma)) * x; }

  class Linear final : public Linearization {
   public:
    Linear(Tensor value, float sigma) : value_(std::move(value)), sigma_(sigma) {}
    const Tensor& value() const override { return value_; }
    Tensor pullback(const Tensor& v) override { return shrunk(v, sigma_); }

   private:
    Tensor value_;
    float sigma_;
  };

  ImageConstraints constraints_;
};

}  // namespace modeseek::test
