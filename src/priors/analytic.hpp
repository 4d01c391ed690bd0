#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "modeseek/denoiser.hpp"

namespace modeseek {

/// A prior on vectors whose denoiser is known in closed form; computed in double, one sample at a
/// time. The vector is a sample of a tensor in memory order, so any c * h * w = dimension() fits.
/// The Jacobian of an exact denoiser is Cov[x0|x] / sigma^2, hence symmetric.
class AnalyticDenoiser : public Denoiser {
 public:
  explicit AnalyticDenoiser(std::size_t dimension) : dimension_(dimension) {}

  std::size_t dimension() const noexcept { return dimension_; }

  /// D(x, sigma) in double; x holds dimension() values, sigma > 0.
  virtual std::vector<double> mean_given(std::span<const double> x, double sigma) const = 0;
  /// J(x, sigma) v in double.
  virtual std::vector<double> jacobian_product(std::span<const double> x, double sigma,
                                               std::span<const double> v) const = 0;
  /// log p_sigma(x), the log-density of x0 + sigma n. sigma = 0 gives the prior itself, where it
  /// has a density; throws InvalidArgument where it has none (singular covariance).
  virtual double log_density(std::span<const double> x, double sigma) const = 0;

  Tensor denoise(const Tensor& x, std::span<const float> sigma) final;
  std::unique_ptr<Linearization> linearize(const Tensor& x, std::span<const float> sigma) final;
  ImageConstraints constraints() const final { return {}; }
  /// Every positive float.
  NoiseRange noise_range() const final;
  std::uint64_t memory_bytes(const Shape& shape, bool vjp) const final;

 protected:
  /// Bytes that the parameters take.
  virtual std::uint64_t parameter_bytes() const = 0;

 private:
  void check(const Tensor& x, std::span<const float> sigma) const;

  std::size_t dimension_;
};

}  // namespace modeseek
