#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "operators/chain_spectral.hpp"
#include "operators/non_linear.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

/// H = H2 H1. When H1 H1^T = c I, H H^T = c H2 H2^T, so that H's normal solve is H2's:
/// H^T (H H^T + lam I)^-1 = (1/c) H1^T [H2^T (H2 H2^T + (lam/c) I)^-1], and for b = H1^T H2^T z the
/// solution is H1^T t with c (c H2^T H2 + lam I) t = H1 b.
class Composition final : public Operator {
 public:
  Composition(std::unique_ptr<Operator> first, std::unique_ptr<Operator> second)
      : Operator(first->domain(), second->range()),
        first_(std::move(first)),
        second_(std::move(second)),
        linear_(is_linear(*first_) && is_linear(*second_)),
        gram_(linear_ ? first_->row_gram() : std::nullopt) {
    if (first_->range() != second_->domain()) {
      throw InvalidArgument("a chain's part takes " + to_string(second_->domain()) +
                            ", the part before it gives " + to_string(first_->range()));
    }
  }

  double norm() const override {
    if (!linear_) return first_->norm() * second_->norm();
    return gram_ ? std::sqrt(*gram_) * second_->norm() : Operator::norm();
  }
  float noise_floor() const override {
    return std::max(first_->noise_floor(), second_->noise_floor());
  }
  std::optional<double> row_gram() const override {
    const std::optional<double> outer = second_->row_gram();
    if (!gram_ || !outer) return std::nullopt;
    return *gram_ * *outer;
  }
  bool range_is_image() const override {
    return first_->range_is_image() && second_->range_is_image();
  }
  Tensor known_entries() const override { return second_->known_entries(); }
  std::unique_ptr<Spectral> spectral() const override {
    if (!gram_) return nullptr;
    auto inner = first_->spectral();
    auto outer = second_->spectral();
    if (inner == nullptr || outer == nullptr) return nullptr;
    return std::make_unique<ChainSpectral>(first_, *gram_, std::move(inner), std::move(outer));
  }
  std::unique_ptr<Operator> linearize(const Tensor& x) const override {
    if (linear_) return nullptr;
    return make_derivative(x, [this](const Tensor& sample) -> std::unique_ptr<Operator> {
      return std::make_unique<Composition>(derivative_at(*first_, sample),
                                           derivative_at(*second_, first_->apply(sample)));
    });
  }

 protected:
  Tensor do_apply(const Tensor& x) const override { return second_->apply(first_->apply(x)); }
  Tensor do_adjoint(const Tensor& y) const override { return first_->adjoint(second_->adjoint(y)); }

  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& report) const override {
    if (!gram_) return Operator::do_solve_normal(b, lam, report);
    const Tensor t = second_->solve_normal(first_->apply(b), lam / *gram_, &report);
    return static_cast<float>(1.0 / (*gram_ * *gram_)) * first_->adjoint(t);
  }

  Tensor do_pseudo_inverse(const Tensor& y, double lam, SolveReport& report) const override {
    if (!gram_) return Operator::do_pseudo_inverse(y, lam, report);
    const Tensor t = second_->pseudo_inverse(y, lam / *gram_, &report);
    return static_cast<float>(1.0 / *gram_) * first_->adjoint(t);
  }

 private:
  std::shared_ptr<const Operator> first_;  ///< shared with the spectral form
  std::unique_ptr<Operator> second_;
  bool linear_;
  std::optional<double> gram_;
};

}  // namespace

std::unique_ptr<Operator> make_chain(std::vector<std::unique_ptr<Operator>> parts) {
  if (parts.empty()) throw InvalidArgument("a chain without parts");
  // Associated to the right: the part that is applied first stays apart, so that its closed form
  // serves whatever follows.
  std::unique_ptr<Operator> whole = std::move(parts.back());
  for (std::size_t i = parts.size() - 1; i > 0; --i) {
    whole = std::make_unique<Composition>(std::move(parts[i - 1]), std::move(whole));
  }
  return whole;
}

}  // namespace modeseek
