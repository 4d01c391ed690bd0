#include "operators/non_linear.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

/// An operator that somebody else owns.
class Borrowed final : public Operator {
 public:
  explicit Borrowed(const Operator& op) : Operator(op.domain(), op.range()), op_(op) {}

  double norm() const override { return op_.norm(); }
  float noise_floor() const override { return op_.noise_floor(); }
  std::optional<double> row_gram() const override { return op_.row_gram(); }
  bool range_is_image() const override { return op_.range_is_image(); }
  Tensor known_entries() const override { return op_.known_entries(); }
  std::unique_ptr<Spectral> spectral() const override { return op_.spectral(); }

 protected:
  Tensor do_apply(const Tensor& x) const override { return op_.apply(x); }
  Tensor do_adjoint(const Tensor& y) const override { return op_.adjoint(y); }
  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& report) const override {
    return op_.solve_normal(b, lam, &report);
  }
  Tensor do_pseudo_inverse(const Tensor& y, double lam, SolveReport& report) const override {
    return op_.pseudo_inverse(y, lam, &report);
  }

 private:
  const Operator& op_;
};

class Diagonal final : public Operator {
 public:
  explicit Diagonal(Tensor weights)
      : Operator(weights.shape(), weights.shape()), weights_(std::move(weights)) {}

  double norm() const override {
    float largest = 0;
    for (const float w : weights_.values()) largest = std::max(largest, std::abs(w));
    return static_cast<double>(largest);
  }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    return mapped(x, [](double value, double weight) { return weight * value; });
  }
  Tensor do_adjoint(const Tensor& y) const override { return do_apply(y); }
  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& /*report*/) const override {
    return mapped(b, [lam](double value, double weight) {
      return weight != 0 ? value / (weight * weight + lam) : 0;
    });
  }
  Tensor do_pseudo_inverse(const Tensor& y, double lam, SolveReport& /*report*/) const override {
    return mapped(y, [lam](double value, double weight) {
      return weight != 0 ? value * weight / (weight * weight + lam) : 0;
    });
  }

 private:
  template <typename Function>
  Tensor mapped(Tensor t, Function function) const {
    for (std::int64_t n = 0; n < t.shape().n; ++n) {
      const auto values = t.sample(n);
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(
            function(static_cast<double>(values[i]), static_cast<double>(weights_.values()[i])));
      }
    }
    return t;
  }

  Tensor weights_;
};

/// parts[n] for sample n of as many samples as there are parts.
class PerSample final : public Operator {
 public:
  explicit PerSample(std::vector<std::unique_ptr<Operator>> parts)
      : Operator(parts.front()->domain(), parts.front()->range()), parts_(std::move(parts)) {}

  double norm() const override {
    double largest = 0;
    for (const auto& part : parts_) largest = std::max(largest, part->norm());
    return largest;
  }
  float noise_floor() const override { return parts_.front()->noise_floor(); }
  bool range_is_image() const override { return parts_.front()->range_is_image(); }

 protected:
  Tensor do_apply(const Tensor& x) const override {
    return each(x, [](const Operator& part, const Tensor& t) { return part.apply(t); });
  }
  Tensor do_adjoint(const Tensor& y) const override {
    return each(y, [](const Operator& part, const Tensor& t) { return part.adjoint(t); });
  }
  Tensor do_solve_normal(const Tensor& b, double lam, SolveReport& report) const override {
    return each(b, [&](const Operator& part, const Tensor& t) {
      SolveReport own;
      Tensor u = part.solve_normal(t, lam, &own);
      merge(report, own);
      return u;
    });
  }
  Tensor do_pseudo_inverse(const Tensor& y, double lam, SolveReport& report) const override {
    return each(y, [&](const Operator& part, const Tensor& t) {
      SolveReport own;
      Tensor u = part.pseudo_inverse(t, lam, &own);
      merge(report, own);
      return u;
    });
  }

 private:
  static void merge(SolveReport& total, const SolveReport& own) {
    total.iterations = std::max(total.iterations, own.iterations);
    total.relative_residual = std::max(total.relative_residual, own.relative_residual);
    total.converged = total.converged && own.converged;
  }

  template <typename Function>
  Tensor each(const Tensor& t, Function function) const {
    if (t.shape().n != static_cast<std::int64_t>(parts_.size())) {
      throw InvalidArgument("the derivative at " + std::to_string(parts_.size()) +
                            " samples applied to " + to_string(t.shape()));
    }
    std::vector<Tensor> results;
    for (std::size_t n = 0; n < parts_.size(); ++n) {
      results.push_back(function(*parts_[n], t.copy_sample(static_cast<std::int64_t>(n))));
    }
    return concat_samples(results);
  }

  std::vector<std::unique_ptr<Operator>> parts_;
};

}  // namespace

std::unique_ptr<Operator> NonLinearOperator::linearize(const Tensor& x) const {
  if (x.shape().with_samples(1) != domain()) {
    throw InvalidArgument("derivative at a point of shape " + to_string(x.shape()) + ", expected " +
                          to_string(domain()) + " (any number of samples)");
  }
  return make_derivative(x, [this](const Tensor& sample) { return derivative(sample); });
}

Tensor NonLinearOperator::do_adjoint(const Tensor& /*y*/) const {
  throw InvalidArgument(
      "the measurement is not linear: it has no adjoint and no pseudo-inverse but those of its "
      "derivative");
}

bool is_linear(const Operator& op) { return op.linearize(Tensor(op.domain())) == nullptr; }

std::unique_ptr<Operator> derivative_at(const Operator& op, const Tensor& x) {
  auto derivative = op.linearize(x);
  return derivative ? std::move(derivative) : std::make_unique<Borrowed>(op);
}

std::unique_ptr<Operator> make_derivative(
    const Tensor& x, const std::function<std::unique_ptr<Operator>(const Tensor&)>& derivative) {
  if (x.shape().n == 1) return derivative(x);
  std::vector<std::unique_ptr<Operator>> parts;
  for (std::int64_t n = 0; n < x.shape().n; ++n) parts.push_back(derivative(x.copy_sample(n)));
  if (parts.empty()) throw InvalidArgument("a derivative at no sample");
  return std::make_unique<PerSample>(std::move(parts));
}

std::unique_ptr<Operator> make_diagonal(Tensor weights) {
  return std::make_unique<Diagonal>(std::move(weights));
}

}  // namespace modeseek
