#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "operators/non_linear.hpp"
#include "operators/operators.hpp"

namespace modeseek {
namespace {

Shape stacked_shape(const std::vector<std::unique_ptr<Operator>>& parts) {
  if (parts.empty()) throw InvalidArgument("a stack without parts");
  Shape range{1, 1, 1, 0};
  for (const auto& part : parts) {
    if (part->domain() != parts.front()->domain()) {
      throw InvalidArgument(
          "a stack's parts take images of different shape: " + to_string(parts.front()->domain()) +
          " and " + to_string(part->domain()));
    }
    range.w += part->range().count();
    range.count();
  }
  return range;
}

/// H = [H1; H2; ...], the measurements flattened one behind the other.
class Stack final : public Operator {
 public:
  explicit Stack(std::vector<std::unique_ptr<Operator>> parts)
      : Operator(parts.empty() ? Shape{} : parts.front()->domain(), stacked_shape(parts)),
        parts_(std::move(parts)),
        linear_(std::all_of(parts_.begin(), parts_.end(),
                            [](const auto& part) { return is_linear(*part); })) {}

  double norm() const override {
    if (linear_) return Operator::norm();
    double squared = 0;  // of a bound
    for (const auto& part : parts_) squared += part->norm() * part->norm();
    return std::sqrt(squared);
  }

  float noise_floor() const override {
    // A part that needs no floor measures what the others lose.
    float floor = parts_.front()->noise_floor();
    for (const auto& part : parts_) floor = std::min(floor, part->noise_floor());
    return floor;
  }
  bool range_is_image() const override { return false; }
  std::unique_ptr<Operator> linearize(const Tensor& x) const override {
    if (linear_) return nullptr;
    return make_derivative(x, [this](const Tensor& sample) -> std::unique_ptr<Operator> {
      std::vector<std::unique_ptr<Operator>> derivatives;
      for (const auto& part : parts_) derivatives.push_back(derivative_at(*part, sample));
      return std::make_unique<Stack>(std::move(derivatives));
    });
  }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    Tensor y(range().with_samples(x.shape().n));
    std::size_t offset = 0;
    for (const auto& part : parts_) {
      const Tensor own = part->apply(x);
      for (std::int64_t n = 0; n < x.shape().n; ++n) {
        const auto from = own.sample(n);
        std::copy(from.begin(), from.end(), y.sample(n).subspan(offset).begin());
      }
      offset += static_cast<std::size_t>(part->range().count());
    }
    return y;
  }

  Tensor do_adjoint(const Tensor& y) const override {
    Tensor x(domain().with_samples(y.shape().n));
    std::size_t offset = 0;
    for (const auto& part : parts_) {
      Tensor own(part->range().with_samples(y.shape().n));
      for (std::int64_t n = 0; n < y.shape().n; ++n) {
        const auto to = own.sample(n);
        const auto from = y.sample(n).subspan(offset, to.size());
        std::copy(from.begin(), from.end(), to.begin());
      }
      add_scaled(x, 1.0F, part->adjoint(own));
      offset += static_cast<std::size_t>(part->range().count());
    }
    return x;
  }

 private:
  std::vector<std::unique_ptr<Operator>> parts_;
  bool linear_;
};

}  // namespace

std::unique_ptr<Operator> make_stack(std::vector<std::unique_ptr<Operator>> parts) {
  return std::make_unique<Stack>(std::move(parts));
}

}  // namespace modeseek
