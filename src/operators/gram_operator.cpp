#include "operators/gram_operator.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "operators/noise_floor.hpp"

namespace modeseek {
namespace {

/// Below this condition (smallest to largest eigenvalue of H H^T), (H H^T)^-1 H b loses too many
/// digits in float32.
constexpr double kInvertible = 1e-3;
/// Eigenvalues below this share of the largest are rounding: they count as zero when lam is zero.
constexpr double kRankTolerance = 1e-12;

}  // namespace

GramOperator::GramOperator(const Shape& domain, const Shape& range, TransformKind kind,
                           std::vector<double> gram)
    : Operator(domain, range), transform_(kind, range.h, range.w), gram_(std::move(gram)) {
  const auto [low, high] = std::minmax_element(gram_.begin(), gram_.end());
  smallest_ = std::max(0.0, *low);
  largest_ = *high;
}

double GramOperator::norm() const { return std::sqrt(largest_); }

float GramOperator::noise_floor() const {
  const bool closed = smallest_ >= kInvertible * largest_;
  return spectral_noise_floor(std::sqrt(smallest_), std::sqrt(largest_),
                              closed ? NormalSolve::closed_form : NormalSolve::iterative);
}

Tensor GramOperator::do_solve_normal(const Tensor& b, double lam, SolveReport& report) const {
  if (smallest_ < kInvertible * largest_) return Operator::do_solve_normal(b, lam, report);
  PlaneTransform::Plane filter(gram_.size());
  for (std::size_t k = 0; k < filter.size(); ++k) {
    filter[k] = static_cast<float>(1.0 / (gram_[k] * (gram_[k] + lam)));
  }
  return do_adjoint(transform_.filter(do_apply(b), filter));
}

Tensor GramOperator::do_pseudo_inverse(const Tensor& y, double lam, SolveReport& /*report*/) const {
  PlaneTransform::Plane filter(gram_.size());
  for (std::size_t k = 0; k < filter.size(); ++k) {
    const double gram = gram_[k] + lam;
    filter[k] = gram > kRankTolerance * largest_ ? static_cast<float>(1.0 / gram) : 0.0F;
  }
  return do_adjoint(transform_.filter(y, filter));
}

}  // namespace modeseek
