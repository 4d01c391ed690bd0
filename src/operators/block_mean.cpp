#include <cstddef>
#include <vector>

#include "operators/factor.hpp"
#include "operators/householder.hpp"
#include "operators/operators.hpp"
#include "operators/work.hpp"

namespace modeseek {
namespace {

class BlockMean final : public Operator {
 public:
  BlockMean(const Shape& domain, std::int64_t factor)
      : Operator(domain, reduced_shape(domain, factor)), factor_(factor) {}

  double norm() const override { return 1.0 / static_cast<double>(factor_); }
  std::optional<double> row_gram() const override { return gram(); }
  // The mean of a block is 1 / r times its product with the unit vector of equal entries.
  std::unique_ptr<Spectral> spectral() const override {
    const std::vector<double> direction(static_cast<std::size_t>(factor_ * factor_), norm());
    const auto entry = [factor = factor_, image = domain(), reduced = range()](std::int64_t g,
                                                                               std::int64_t i) {
      const std::int64_t row = g % reduced.plane() / reduced.w * factor + i / factor;
      const std::int64_t column = g % reduced.w * factor + i % factor;
      return g / reduced.plane() * image.plane() + row * image.w + column;
    };
    return std::make_unique<GroupSpectral>(domain(), GroupSpectral::Groups{range().sample(), entry},
                                           direction, norm());
  }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    for_each_item(x.shape().n * range().c, domain().plane(), [&](std::int64_t i) {
      const auto in = x.plane(i / range().c, i % range().c);
      const auto out = y.plane(i / range().c, i % range().c);
      for (std::int64_t row = 0; row < range().h; ++row) reduce_row(in, out, row);
    });
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    return expanded(y, static_cast<float>(gram()));
  }

  // With A = H^T H: A b = c b for b in range(H^T).
  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& /*report*/) const override {
    return static_cast<float>(1.0 / (gram() + lam)) * b;
  }

 private:
  double gram() const { return 1.0 / static_cast<double>(factor_ * factor_); }

  void reduce_row(std::span<const float> in, std::span<float> out, std::int64_t row) const {
    for (std::int64_t column = 0; column < range().w; ++column) {
      double sum = 0;
      for (std::int64_t dy = 0; dy < factor_; ++dy) {
        const std::int64_t start = (row * factor_ + dy) * domain().w + column * factor_;
        for (std::int64_t dx = 0; dx < factor_; ++dx) {
          sum += static_cast<double>(in[static_cast<std::size_t>(start + dx)]);
        }
      }
      out[static_cast<std::size_t>(row * range().w + column)] = static_cast<float>(sum * gram());
    }
  }

  Tensor expanded(const Tensor& y, float scale) const {
    Tensor x(domain().with_samples(y.shape().n));
    for_each_item(y.shape().n * range().c, domain().plane(), [&](std::int64_t i) {
      const auto in = y.plane(i / range().c, i % range().c);
      const auto out = x.plane(i / range().c, i % range().c);
      for (std::int64_t p = 0; p < domain().plane(); ++p) {
        const std::int64_t row = p / domain().w / factor_;
        const std::int64_t column = p % domain().w / factor_;
        out[static_cast<std::size_t>(p)] =
            scale * in[static_cast<std::size_t>(row * range().w + column)];
      }
    });
    return x;
  }

  std::int64_t factor_;
};

}  // namespace

std::unique_ptr<Operator> make_block_mean(const Shape& domain, std::int64_t factor) {
  return std::make_unique<BlockMean>(domain, factor);
}

}  // namespace modeseek
