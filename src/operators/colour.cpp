#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "operators/householder.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

Shape grey_shape(const Shape& domain) {
  if (domain.c != 3) {
    throw InvalidArgument("a colour mix needs an image with 3 channels, found " +
                          std::to_string(domain.c));
  }
  return {1, 1, domain.h, domain.w};
}

class ColourMix final : public Operator {
 public:
  ColourMix(const Shape& domain, const std::array<double, 3>& weights)
      : Operator(domain, grey_shape(domain)), weights_(weights) {
    if (!(gram() > 0)) throw InvalidArgument("colour weights that are all zero");
  }

  double norm() const override { return std::sqrt(gram()); }
  std::optional<double> row_gram() const override { return gram(); }
  std::unique_ptr<Spectral> spectral() const override {
    std::vector<double> direction(weights_.begin(), weights_.end());
    for (double& weight : direction) weight /= norm();
    const auto entry = [plane = domain().plane()](std::int64_t g, std::int64_t i) {
      return i * plane + g;
    };
    return std::make_unique<GroupSpectral>(domain(), GroupSpectral::Groups{range().plane(), entry},
                                           direction, norm());
  }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    for (std::int64_t n = 0; n < x.shape().n; ++n) {
      const auto out = y.plane(n, 0);
      for (std::size_t i = 0; i < out.size(); ++i) {
        double sum = 0;
        for (std::int64_t c = 0; c < 3; ++c) {
          sum += weights_[static_cast<std::size_t>(c)] * static_cast<double>(x.plane(n, c)[i]);
        }
        out[i] = static_cast<float>(sum);
      }
    }
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    Tensor x(domain().with_samples(y.shape().n));
    for (std::int64_t n = 0; n < y.shape().n; ++n) {
      const auto in = y.plane(n, 0);
      for (std::int64_t c = 0; c < 3; ++c) {
        const auto weight = static_cast<float>(weights_[static_cast<std::size_t>(c)]);
        const auto out = x.plane(n, c);
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = weight * in[i];
      }
    }
    return x;
  }

  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& /*report*/) const override {
    return static_cast<float>(1.0 / (gram() + lam)) * b;
  }

 private:
  double gram() const {
    double squared = 0;
    for (const double weight : weights_) squared += weight * weight;
    return squared;
  }

  std::array<double, 3> weights_;
};

}  // namespace

std::unique_ptr<Operator> make_colour_mix(const Shape& domain,
                                          const std::array<double, 3>& weights) {
  return std::make_unique<ColourMix>(domain, weights);
}

std::unique_ptr<Operator> grey_view(std::unique_ptr<Operator> grey_op) {
  if (!grey_op || grey_op->domain().c != 1) {
    throw InvalidArgument("grey view of an operator whose domain is not grey");
  }
  Shape colour = grey_op->domain();
  colour.c = 3;
  std::vector<std::unique_ptr<Operator>> parts;
  parts.push_back(make_colour_mix(colour, {1.0 / 3, 1.0 / 3, 1.0 / 3}));
  parts.push_back(std::move(grey_op));
  return make_chain(std::move(parts));
}

}  // namespace modeseek
