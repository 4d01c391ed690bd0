#include <cstddef>

#include "operators/factor.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

class Decimation final : public Operator {
 public:
  Decimation(const Shape& domain, std::int64_t factor)
      : Operator(domain, reduced_shape(domain, factor)), factor_(factor) {}

  double norm() const override { return 1.0; }
  std::optional<double> row_gram() const override { return 1.0; }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    for_each(y.shape(), [&](std::int64_t n, std::int64_t c, std::int64_t i, std::int64_t j) {
      y(n, c, i, j) = x(n, c, factor_ * i, factor_ * j);
    });
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    Tensor x(domain().with_samples(y.shape().n));
    for_each(y.shape(), [&](std::int64_t n, std::int64_t c, std::int64_t i, std::int64_t j) {
      x(n, c, factor_ * i, factor_ * j) = y(n, c, i, j);
    });
    return x;
  }

  // b has zeros where nothing is kept.
  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& /*report*/) const override {
    return static_cast<float>(1.0 / (1.0 + lam)) * b;
  }

 private:
  template <typename Body>
  static void for_each(const Shape& shape, Body body) {
    for (std::int64_t n = 0; n < shape.n; ++n) {
      for (std::int64_t c = 0; c < shape.c; ++c) {
        for (std::int64_t i = 0; i < shape.h; ++i) {
          for (std::int64_t j = 0; j < shape.w; ++j) body(n, c, i, j);
        }
      }
    }
  }

  std::int64_t factor_;
};

}  // namespace

std::unique_ptr<Operator> make_decimation(const Shape& domain, std::int64_t factor) {
  return std::make_unique<Decimation>(domain, factor);
}

}  // namespace modeseek
