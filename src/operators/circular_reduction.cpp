#include <complex>
#include <cstddef>
#include <utility>
#include <vector>

#include "operators/factor.hpp"
#include "operators/gram_operator.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

/// H H^T of circular blur and decimation is circular on the reduced grid; its eigenvalues are the
/// kernel's power spectrum folded: (1 / r^2) sum over the r x r aliases of |K|^2.
std::vector<double> folded_gram(const Shape& domain, const Kernel& kernel, std::int64_t factor) {
  const Shape range = reduced_shape(domain, factor);
  const PlaneTransform transform(TransformKind::fourier, domain.h, domain.w);
  const Kernel wrapped = wrapped_kernel(kernel, domain.h, domain.w);
  PlaneTransform::Plane plane(wrapped.values.size());
  for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = static_cast<float>(wrapped.values[i]);
  transform.forward(plane);

  std::vector<double> gram(static_cast<std::size_t>(range.plane()));
  for (std::int64_t l = 0; l < domain.w; ++l) {
    for (std::int64_t k = 0; k < domain.h; ++k) {
      const std::complex<double> value(plane[static_cast<std::size_t>(l * domain.h + k)]);
      gram[static_cast<std::size_t>(l % range.w * range.h + k % range.h)] +=
          std::norm(value) / static_cast<double>(factor * factor);
    }
  }
  return gram;
}

class CircularReduction final : public GramOperator {
 public:
  CircularReduction(const Shape& domain, const Kernel& kernel, std::int64_t factor)
      : GramOperator(domain, reduced_shape(domain, factor), TransformKind::fourier,
                     folded_gram(domain, kernel, factor)),
        blur_(make_blur(domain, kernel, Boundary::circular)),
        decimation_(make_decimation(domain, factor)) {}

 protected:
  Tensor do_apply(const Tensor& x) const override { return decimation_->apply(blur_->apply(x)); }
  Tensor do_adjoint(const Tensor& y) const override {
    return blur_->adjoint(decimation_->adjoint(y));
  }

 private:
  std::unique_ptr<Operator> blur_;
  std::unique_ptr<Operator> decimation_;
};

}  // namespace

std::unique_ptr<Operator> make_circular_reduction(const Shape& domain, const Kernel& kernel,
                                                  std::int64_t factor) {
  return std::make_unique<CircularReduction>(domain, kernel, factor);
}

}  // namespace modeseek
