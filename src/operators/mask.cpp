#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "modeseek/error.hpp"
#include "operators/entry_spectral.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

/// H = diag(keep): the measurement has the image's shape, zeros where missing.
class Mask final : public Operator {
 public:
  Mask(const Shape& domain, const Tensor& keep) : Operator(domain, domain) {
    const Shape expected{1, 1, domain.h, domain.w};
    if (keep.shape() != expected) {
      throw InvalidArgument("the mask is " + std::to_string(keep.shape().h) + "x" +
                            std::to_string(keep.shape().w) + ", the image " +
                            std::to_string(domain.h) + "x" + std::to_string(domain.w));
    }
    keep_.reserve(static_cast<std::size_t>(keep.count()));
    for (const float value : keep.values()) keep_.push_back(value != 0.0F);
    if (std::find(keep_.begin(), keep_.end(), 1) == keep_.end()) {
      throw InvalidArgument("the mask keeps no pixel");
    }
  }

  double norm() const override { return 1.0; }
  int tensors_taken() const override { return 0; }
  Tensor known_entries() const override { return masked(Tensor(range(), 1.0F), 1.0F); }
  std::unique_ptr<Spectral> spectral() const override {
    return std::make_unique<EntrySpectral>(known_entries());
  }

 protected:
  Tensor do_apply(const Tensor& x) const override { return masked(x, 1.0F); }
  Tensor do_adjoint(const Tensor& y) const override { return masked(y, 1.0F); }
  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& /*report*/) const override {
    return masked(b, static_cast<float>(1.0 / (1.0 + lam)));
  }

 private:
  Tensor masked(Tensor x, float factor) const {
    for (std::int64_t n = 0; n < x.shape().n; ++n) {
      for (std::int64_t c = 0; c < x.shape().c; ++c) {
        const auto plane = x.plane(n, c);
        for (std::size_t i = 0; i < plane.size(); ++i) {
          plane[i] = keep_[i] != 0 ? factor * plane[i] : 0.0F;
        }
      }
    }
    return x;
  }

  std::vector<unsigned char> keep_;
};

}  // namespace

std::unique_ptr<Operator> make_mask(const Shape& domain, const Tensor& keep) {
  return std::make_unique<Mask>(domain, keep);
}

}  // namespace modeseek
