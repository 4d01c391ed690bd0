#include "solvers/evaluator.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

std::vector<float> repeat(float sigma, std::int64_t samples) {
  return std::vector<float>(static_cast<std::size_t>(samples), sigma);
}

}  // namespace

void check_count(const EvaluationCount& count) {
  if (count.units() > std::numeric_limits<int>::max()) {
    throw InvalidArgument("these options need " + std::to_string(count.units()) +
                          " network evaluations, more than can be counted");
  }
}

Evaluator::Evaluator(Denoiser& prior, const EvaluationCount& planned, ProgressCallback progress)
    : prior_(prior), planned_(planned), progress_(std::move(progress)) {
  check_count(planned);
}

Tensor Evaluator::denoise(const Tensor& x, float sigma) {
  Tensor value = prior_.denoise(x, repeat(sigma, x.shape().n));
  sigma_ = sigma;
  ++done_.forward;
  report(value);
  return value;
}

std::unique_ptr<Linearization> Evaluator::linearize(const Tensor& x, float sigma) {
  std::unique_ptr<Linearization> result = prior_.linearize(x, repeat(sigma, x.shape().n));
  sigma_ = sigma;
  ++done_.forward;
  report(result->value());
  return result;
}

Tensor Evaluator::pullback(Linearization& at, const Tensor& v) {
  Tensor result = at.pullback(v);
  ++done_.vjp;
  report(at.value());
  return result;
}

void Evaluator::report(const Tensor& estimate) const {
  if (!progress_) return;
  const Progress progress{static_cast<int>(done_.units()), static_cast<int>(planned_.units()),
                          sigma_, &estimate};
  if (!progress_(progress)) throw Cancelled();
}

}  // namespace modeseek
