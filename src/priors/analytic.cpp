#include "priors/analytic.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

std::vector<double> to_double(std::span<const float> values) {
  return {values.begin(), values.end()};
}

void store(const std::vector<double>& values, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(values[i]);
}

/// Keeps the point, since J^T v is cheap to compute from it.
class AnalyticLinearization final : public Linearization {
 public:
  AnalyticLinearization(const AnalyticDenoiser& prior, Tensor x, std::span<const float> sigma,
                        Tensor value)
      : prior_(prior),
        x_(std::move(x)),
        sigma_(sigma.begin(), sigma.end()),
        value_(std::move(value)) {}

  const Tensor& value() const override { return value_; }

  Tensor pullback(const Tensor& v) override {
    if (v.shape() != x_.shape()) {
      throw InvalidArgument("pullback: expected shape " + to_string(x_.shape()) + ", found " +
                            to_string(v.shape()));
    }
    Tensor result(v.shape());
    for (std::int64_t n = 0; n < v.shape().n; ++n) {
      store(prior_.jacobian_product(to_double(x_.sample(n)), sigma_[static_cast<std::size_t>(n)],
                                    to_double(v.sample(n))),
            result.sample(n));
    }
    return result;
  }

 private:
  const AnalyticDenoiser& prior_;
  Tensor x_;
  std::vector<float> sigma_;
  Tensor value_;
};

}  // namespace

void AnalyticDenoiser::check(const Tensor& x, std::span<const float> sigma) const {
  if (x.shape().sample() != static_cast<std::int64_t>(dimension_)) {
    throw InvalidArgument("denoiser: expected " + std::to_string(dimension_) +
                          " elements a sample, found shape " + to_string(x.shape()));
  }
  if (static_cast<std::int64_t>(sigma.size()) != x.shape().n) {
    throw InvalidArgument("denoiser: expected one noise level a sample (" +
                          std::to_string(x.shape().n) + "), found " + std::to_string(sigma.size()));
  }
  for (const float s : sigma) {
    if (!(s > 0) || !std::isfinite(s)) {
      throw InvalidArgument("denoiser: expected a positive noise level, found " +
                            std::to_string(s));
    }
  }
}

Tensor AnalyticDenoiser::denoise(const Tensor& x, std::span<const float> sigma) {
  check(x, sigma);
  Tensor result(x.shape());
  for (std::int64_t n = 0; n < x.shape().n; ++n) {
    store(mean_given(to_double(x.sample(n)), sigma[static_cast<std::size_t>(n)]), result.sample(n));
  }
  return result;
}

std::unique_ptr<Linearization> AnalyticDenoiser::linearize(const Tensor& x,
                                                           std::span<const float> sigma) {
  Tensor value = denoise(x, sigma);
  return std::make_unique<AnalyticLinearization>(*this, x, sigma, std::move(value));
}

NoiseRange AnalyticDenoiser::noise_range() const {
  return {std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max()};
}

std::uint64_t AnalyticDenoiser::memory_bytes(const Shape& shape, bool vjp) const {
  const auto working = std::uint64_t{8} * sizeof(double) * dimension_;
  const auto kept =
      vjp ? 2 * sizeof(float) * static_cast<std::uint64_t>(shape.count()) : std::uint64_t{0};
  return parameter_bytes() + working + kept;
}

}  // namespace modeseek
