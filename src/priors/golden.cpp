#include "priors/golden.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "checkpoints/checkpoint.hpp"
#include "modeseek/error.hpp"

namespace modeseek::priors {
namespace {

using checkpoints::Checkpoint;

Shape read_shape(const Checkpoint& file) {
  const std::vector<std::int64_t>& axes = file.at("x").shape;
  if (axes.size() != 4) {
    throw FileError(
        file.path, "tensor 'x': expected a shape [B,C,H,W], found " + checkpoints::to_string(axes));
  }
  return {axes[0], axes[1], axes[2], axes[3]};
}

Tensor read(const Checkpoint& file, const std::string& name, const Shape& shape) {
  return {shape, file.floats(name, {shape.n, shape.c, shape.h, shape.w})};
}

/// max |found - expected| / rms(expected), the worst sample. NaN counts as infinitely wrong.
double worst_error(const Tensor& found, const Tensor& expected) {
  double worst = 0;
  for (std::int64_t n = 0; n < expected.shape().n; ++n) {
    const auto a = found.sample(n);
    const auto b = expected.sample(n);
    double largest = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
      const double error = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
      largest =
          std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(largest, error);
    }
    const double rms = norm(b) / std::sqrt(static_cast<double>(b.size()));
    worst = std::max(worst, largest > 0 ? largest / rms : 0);
  }
  return worst;
}

}  // namespace

GoldenErrors compare_with_golden(Denoiser& denoiser, const std::string& path) {
  const Checkpoint file = checkpoints::open_checkpoint(path);
  const Shape shape = read_shape(file);
  const Tensor x = read(file, "x", shape);
  const Tensor v = read(file, "v", shape);
  const Tensor denoised = read(file, "denoised", shape);
  const Tensor vjp = read(file, "vjp", shape);
  const std::vector<float> sigma = file.floats("sigma", {shape.n});
  const auto linearization = denoiser.linearize(x, sigma);
  return {worst_error(linearization->value() - x, denoised - x),
          worst_error(linearization->pullback(v), vjp)};
}

}  // namespace modeseek::priors
