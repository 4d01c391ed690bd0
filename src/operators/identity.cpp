#include "operators/entry_spectral.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

class Identity final : public Operator {
 public:
  explicit Identity(const Shape& domain) : Operator(domain, domain) {}

  double norm() const override { return 1.0; }
  int tensors_taken() const override { return 0; }
  std::optional<double> row_gram() const override { return 1.0; }
  std::unique_ptr<Spectral> spectral() const override {
    return std::make_unique<EntrySpectral>(Tensor(domain(), 1.0F));
  }

 protected:
  Tensor do_apply(const Tensor& x) const override { return x; }
  Tensor do_adjoint(const Tensor& y) const override { return y; }
  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& /*report*/) const override {
    return static_cast<float>(1.0 / (1.0 + lam)) * b;
  }
};

}  // namespace

std::unique_ptr<Operator> make_identity(const Shape& domain) {
  return std::make_unique<Identity>(domain);
}

}  // namespace modeseek
