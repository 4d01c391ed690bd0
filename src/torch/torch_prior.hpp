#pragma once

#include <cstdint>
#include <memory>

#include "modeseek/denoiser.hpp"
#include "torch/program_settings.hpp"
#include "torch/script_module.hpp"

namespace modeseek::torch_priors {

/// A TorchScript program as a denoiser: D(x, s) = C F(P x, s), where P pads to a size that the
/// program accepts (reflection) and C crops back. Samples are evaluated one by one, so that none
/// depends on its batch, whatever the program does with one.
class TorchPrior final : public Denoiser {
 public:
  /// Runs the program once on a small image, which tells what memory it takes. Throws as
  /// ScriptModule does.
  TorchPrior(std::shared_ptr<ScriptModule> module, const ProgramSettings& settings);

  Tensor denoise(const Tensor& x, std::span<const float> sigma) override;
  std::unique_ptr<Linearization> linearize(const Tensor& x, std::span<const float> sigma) override;
  ImageConstraints constraints() const override { return {channels_, fixed_size_, 1}; }
  NoiseRange noise_range() const override { return noise_range_; }
  /// Host memory, extrapolated by the number of pixels from the small image: too little for
  /// attention over large images. What a GPU needs beside it is not counted.
  std::uint64_t memory_bytes(const Shape& shape, bool vjp) const override;

 private:
  class Linearized;

  ImageExtent padded(std::int64_t height, std::int64_t width) const;

  std::shared_ptr<ScriptModule> module_;
  std::int64_t channels_;
  std::optional<std::pair<std::int64_t, std::int64_t>> fixed_size_;
  std::int64_t size_multiple_;
  NoiseRange noise_range_;
  ImageExtent probe_;
  Footprint footprint_;
};

}  // namespace modeseek::torch_priors
