#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "engine/workspace.hpp"
#include "modeseek/denoiser.hpp"
#include "networks/network.hpp"
#include "priors/padding.hpp"

namespace modeseek::priors {

/// A network as a denoiser: D(x, s) = skip x + out C F(in P x, conditioning), where P pads to a
/// size that the network accepts (reflection) and C crops back. Samples are evaluated one by one,
/// so that none depends on its batch.
class NetworkPrior final : public Denoiser {
 public:
  /// `type`: what the network's weights and maps are rounded to. Throws InvalidArgument when the
  /// processor cannot compute with it.
  explicit NetworkPrior(networks::Network network,
                        engine::NumberType type = engine::NumberType::float32);
  ~NetworkPrior() override;

  Tensor denoise(const Tensor& x, std::span<const float> sigma) override;
  std::unique_ptr<Linearization> linearize(const Tensor& x, std::span<const float> sigma) override;
  ImageConstraints constraints() const override;
  NoiseRange noise_range() const override { return preconditioning_.range; }
  std::uint64_t memory_bytes(const Shape& shape, bool vjp) const override;
  /// Images whose evaluation takes more go through the network window by window.
  void limit_memory(std::uint64_t bytes) override;
  /// Gives back the activations; packed weights stay.
  void release_memory() override;
  /// What the limit costs for images of this shape, in one line; empty when nothing.
  std::string memory_note(const Shape& shape, bool vjp) const;

 private:
  class Linearized;

  /// A program for one size, and how images get to that size and back.
  struct Sized;

  /// The program for images of this size; the last few are kept. Throws InvalidArgument when the
  /// network does not accept the size.
  std::shared_ptr<Sized> sized(const Shape& shape, engine::Mode mode) const;
  std::shared_ptr<Sized> compile(const Shape& shape, engine::Mode mode,
                                 std::uint64_t samples) const;
  void evaluate(const Sized& s, std::byte* arena, std::span<const float> x,
                const networks::Coefficients& k, std::span<float> result);
  void pull_back(const Sized& s, std::byte* arena, std::span<const float> v,
                 const networks::Coefficients& k, std::span<float> gradient);
  void reserve_padded(const Sized& s);
  std::uint64_t bytes_of(const engine::Program& program, const Padding& padding,
                         std::uint64_t samples) const;

  networks::Preconditioning preconditioning_;
  std::int64_t channels_;
  std::int64_t size_multiple_;
  std::optional<std::pair<std::int64_t, std::int64_t>> fixed_size_;
  std::uint64_t largest_weights_;
  std::unique_ptr<engine::Model> model_;
  mutable std::list<std::shared_ptr<Sized>> recent_;  ///< most recent first
  std::uint64_t memory_limit_ = std::numeric_limits<std::uint64_t>::max();
  engine::Workspace workspace_;
  std::vector<float> padded_in_;
  std::vector<float> padded_out_;
  std::uint64_t generation_ = 0;  ///< of the linearization that is valid
};

}  // namespace modeseek::priors
