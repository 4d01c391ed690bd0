#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "operators/operators.hpp"
#include "operators/walsh_hadamard.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

/// What the operator and its spectral form share.
struct Sensing {
  PermutedHadamard mixing;
  std::vector<std::uint32_t> measured;  ///< places of the coefficients that are kept
};

/// The modes are the coefficients; those measured have the singular value 1.
class SensingModes final : public Spectral {
 public:
  SensingModes(const Shape& domain, std::shared_ptr<const Sensing> sensing)
      : sensing_(std::move(sensing)), values_(domain) {
    for (std::int64_t c = 0; c < domain.c; ++c) {
      for (const std::uint32_t place : sensing_->measured) values_.plane(0, c)[place] = 1.0F;
    }
  }

  const Tensor& singular_values() const override { return values_; }

  Tensor to_modes(const Tensor& x) const override {
    Tensor modes(x.shape());
    for_each_plane(x.shape(), [&](std::int64_t n, std::int64_t c) {
      sensing_->mixing.forward(x.plane(n, c), modes.plane(n, c));
    });
    return modes;
  }

  Tensor from_modes(const Tensor& m) const override {
    Tensor x(m.shape());
    for_each_plane(m.shape(), [&](std::int64_t n, std::int64_t c) {
      sensing_->mixing.inverse(m.plane(n, c), x.plane(n, c));
    });
    return x;
  }

  Tensor measured_modes(const Tensor& y) const override {
    Tensor modes(values_.shape().with_samples(y.shape().n));
    for_each_plane(modes.shape(), [&](std::int64_t n, std::int64_t c) {
      const auto from = y.plane(n, c);
      const auto to = modes.plane(n, c);
      for (std::size_t i = 0; i < from.size(); ++i) to[sensing_->measured[i]] = from[i];
    });
    return modes;
  }

 private:
  std::shared_ptr<const Sensing> sensing_;
  Tensor values_;
};

class CompressedSensing final : public Operator {
 public:
  CompressedSensing(const Shape& domain, std::shared_ptr<const Sensing> sensing)
      : Operator(domain, {1, domain.c, 1, static_cast<std::int64_t>(sensing->measured.size())}),
        sensing_(std::move(sensing)) {}

  double norm() const override { return 1.0; }
  std::optional<double> row_gram() const override { return 1.0; }
  bool range_is_image() const override { return false; }
  std::unique_ptr<Spectral> spectral() const override {
    return std::make_unique<SensingModes>(domain(), sensing_);
  }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    for_each_plane(x.shape(), [&](std::int64_t n, std::int64_t c) {
      std::vector<float> coefficients(sensing_->mixing.length());
      sensing_->mixing.forward(x.plane(n, c), coefficients);
      const auto out = y.plane(n, c);
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = coefficients[sensing_->measured[i]];
    });
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    Tensor x(domain().with_samples(y.shape().n));
    for_each_plane(x.shape(), [&](std::int64_t n, std::int64_t c) {
      std::vector<float> coefficients(sensing_->mixing.length());
      const auto in = y.plane(n, c);
      for (std::size_t i = 0; i < in.size(); ++i) coefficients[sensing_->measured[i]] = in[i];
      sensing_->mixing.inverse(coefficients, x.plane(n, c));
    });
    return x;
  }

  // b is in the range of H^T, where H^T H = I.
  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& /*report*/) const override {
    return static_cast<float>(1.0 / (1.0 + lam)) * b;
  }

 private:
  std::shared_ptr<const Sensing> sensing_;
};

}  // namespace

std::unique_ptr<Operator> make_compressed_sensing(const Shape& domain, std::int64_t ratio,
                                                  std::uint64_t seed) {
  if (ratio < 1 || domain.plane() < ratio) {
    throw InvalidArgument("compressed sensing by " + std::to_string(ratio) + " needs at least " +
                          std::to_string(ratio) + " pixels, the image has " +
                          std::to_string(domain.plane()));
  }
  PermutedHadamard mixing(domain.plane(), seed);
  auto measured = mixing.leading_coefficients(ratio);
  return std::make_unique<CompressedSensing>(
      domain, std::make_shared<const Sensing>(Sensing{std::move(mixing), std::move(measured)}));
}

}  // namespace modeseek
