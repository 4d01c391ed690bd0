#include "torch/torch_prior.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "modeseek/error.hpp"
#include "priors/check_batch.hpp"
#include "priors/padding.hpp"

namespace modeseek::torch_priors {
namespace {

using priors::Padding;

std::int64_t next_multiple(std::int64_t extent, std::int64_t multiple) {
  return (extent + multiple - 1) / multiple * multiple;
}

ImageExtent extent_of(const Padding& padding, std::int64_t channels) {
  return {channels, padding.padded_height(), padding.padded_width()};
}

std::vector<float> zeros(const Padding& padding) {
  return std::vector<float>(static_cast<std::size_t>(padding.padded_count()));
}

std::int64_t pixels(const ImageExtent& extent) { return extent.height * extent.width; }

}  // namespace

/// Keeps the graph of every sample.
class TorchPrior::Linearized final : public Linearization {
 public:
  Linearized(std::shared_ptr<ScriptModule> module, Padding padding, const Tensor& x,
             std::span<const float> sigma)
      : module_(std::move(module)), padding_(std::move(padding)), value_(x.shape()) {
    std::vector<float> image = zeros(padding_);
    for (std::int64_t n = 0; n < x.shape().n; ++n) {
      padding_.pad(x.sample(n), 1.0F, image);
      samples_.push_back(module_->linearize(image, extent_of(padding_, x.shape().c),
                                            sigma[static_cast<std::size_t>(n)]));
      padding_.add_crop(samples_.back()->value(), 1.0F, value_.sample(n));
    }
  }

  const Tensor& value() const override { return value_; }

  /// P^T F'^T C^T v
  Tensor pullback(const Tensor& v) override {
    if (v.shape() != value_.shape())
      throw InvalidArgument(fmt::format("pullback: expected a vector of shape {}, found {}",
                                        to_string(value_.shape()), to_string(v.shape())));
    Tensor gradient(v.shape());
    std::vector<float> image = zeros(padding_);
    for (std::int64_t n = 0; n < v.shape().n; ++n) {
      padding_.embed(v.sample(n), 1.0F, image);
      padding_.add_adjoint(samples_[static_cast<std::size_t>(n)]->pullback(image), 1.0F,
                           gradient.sample(n));
    }
    return gradient;
  }

 private:
  std::shared_ptr<ScriptModule> module_;
  Padding padding_;
  std::vector<std::unique_ptr<ScriptModule::Evaluation>> samples_;
  Tensor value_;
};

TorchPrior::TorchPrior(std::shared_ptr<ScriptModule> module, const ProgramSettings& settings)
    : module_(std::move(module)),
      channels_(settings.channels),
      fixed_size_(settings.fixed_size),
      size_multiple_(settings.fixed_size ? 1 : settings.size_multiple),
      noise_range_(settings.noise_range),
      probe_(padded(64, 64)),
      footprint_(module_->measure(probe_)) {}

/// The size that the program sees.
ImageExtent TorchPrior::padded(std::int64_t height, std::int64_t width) const {
  if (fixed_size_) return {channels_, fixed_size_->first, fixed_size_->second};
  return {channels_, next_multiple(height, size_multiple_), next_multiple(width, size_multiple_)};
}

Tensor TorchPrior::denoise(const Tensor& x, std::span<const float> sigma) {
  priors::check_batch(x, sigma, constraints());
  const Padding padding(channels_, x.shape().h, x.shape().w, size_multiple_);
  std::vector<float> image = zeros(padding);
  Tensor result(x.shape());
  for (std::int64_t n = 0; n < x.shape().n; ++n) {
    padding.pad(x.sample(n), 1.0F, image);
    const std::vector<float> clean =
        module_->evaluate(image, extent_of(padding, channels_), sigma[static_cast<std::size_t>(n)]);
    padding.add_crop(clean, 1.0F, result.sample(n));
  }
  return result;
}

std::unique_ptr<Linearization> TorchPrior::linearize(const Tensor& x,
                                                     std::span<const float> sigma) {
  priors::check_batch(x, sigma, constraints());
  return std::make_unique<Linearized>(
      module_, Padding(channels_, x.shape().h, x.shape().w, size_multiple_), x, sigma);
}

std::uint64_t TorchPrior::memory_bytes(const Shape& shape, bool vjp) const {
  const ImageExtent extent = padded(shape.h, shape.w);
  const double scale = static_cast<double>(pixels(extent)) / static_cast<double>(pixels(probe_));
  const auto samples = vjp ? static_cast<double>(std::max<std::int64_t>(1, shape.n)) : 1.0;
  const auto one = static_cast<double>(vjp ? footprint_.vjp : footprint_.denoise);
  const auto image = static_cast<double>(channels_ * pixels(extent)) * sizeof(float);
  return static_cast<std::uint64_t>(samples * scale * one + 2 * image) + module_->weight_bytes();
}

}  // namespace modeseek::torch_priors
