#include "operators/conjugate_gradient.hpp"

namespace modeseek {

Tensor conjugate_gradient(const std::function<Tensor(const Tensor&)>& matrix,
                          const std::function<Tensor(Tensor)>& precondition, const Tensor& b,
                          const ConjugateGradientLimits& limits, SolveReport& report) {
  Tensor solution(b.shape());
  report = {};
  const double scale = norm(b);
  if (!(scale > 0)) return solution;

  Tensor residual = b;
  Tensor preconditioned = precondition(residual);
  Tensor direction = preconditioned;
  double descent = dot(residual, preconditioned);
  report.relative_residual = 1.0;
  while (report.relative_residual > limits.relative_residual &&
         report.iterations < limits.iterations) {
    const Tensor image = matrix(direction);
    const double curvature = dot(direction, image);
    // Rounding has eaten the direction: nothing more can be gained in float32.
    if (!(curvature > 0) || !(descent > 0)) break;
    const double step = descent / curvature;
    add_scaled(solution, static_cast<float>(step), direction);
    add_scaled(residual, static_cast<float>(-step), image);
    report.iterations += 1;
    report.relative_residual = norm(residual) / scale;
    preconditioned = precondition(residual);
    const double next = dot(residual, preconditioned);
    direction = static_cast<float>(next / descent) * std::move(direction);
    add_scaled(direction, 1.0F, preconditioned);
    descent = next;
  }
  report.converged = report.relative_residual <= limits.relative_residual;
  return solution;
}

}  // namespace modeseek
