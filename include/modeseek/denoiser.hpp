#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// Which images a denoiser accepts.
struct ImageConstraints {
  /// Number of channels; 0 when any is fine.
  std::int64_t channels = 0;
  /// {rows, columns} when the denoiser accepts one size only.
  std::optional<std::pair<std::int64_t, std::int64_t>> fixed_size;
  /// Rows and columns must be multiples of this; 1 when any size is fine.
  std::int64_t size_multiple = 1;
};

/// Noise levels (standard deviations on the [-1, 1] scale) between which a denoiser is valid.
struct NoiseRange {
  float min = 0.002F;
  float max = 80.0F;
};

/// A denoiser evaluated at one batch of points, with the transposed Jacobian at hand.
class Linearization {
 public:
  virtual ~Linearization() = default;
  /// D(x, sigma), the shape of x.
  virtual const Tensor& value() const = 0;
  /// J^T v with J = dD/dx, sample by sample; v has the shape of x. May be called any number of
  /// times.
  virtual Tensor pullback(const Tensor& v) = 0;
};

/// The minimum mean square error denoiser of a diffusion model in variance-exploding form:
/// D(x, s) = E[x0 | x0 + s n = x], n ~ N(0, I), images in [-1, 1] (algorithm: EDM, Karras et al.
/// 2022). A sample's result never depends on the other samples of its batch. Not thread-safe: one
/// object serves one thread at a time.
class Denoiser {
 public:
  virtual ~Denoiser() = default;

  /// D(x, sigma). x [N,C,H,W]; sigma holds N positive noise levels, one a sample.
  /// Throws InvalidArgument when a shape or a noise level does not fit.
  virtual Tensor denoise(const Tensor& x, std::span<const float> sigma) = 0;

  /// As denoise, and keeps what J^T v needs. The result refers to this denoiser and is valid until
  /// the next call of denoise or linearize.
  virtual std::unique_ptr<Linearization> linearize(const Tensor& x,
                                                   std::span<const float> sigma) = 0;

  virtual ImageConstraints constraints() const = 0;
  virtual NoiseRange noise_range() const { return {}; }

  /// Bytes that one evaluation on images of this shape takes beyond its input and output tensors
  /// and what release_memory leaves, weights included: with `vjp` for linearize and pullback,
  /// without for denoise.
  virtual std::uint64_t memory_bytes(const Shape& shape, bool vjp) const = 0;

  /// From now on an evaluation should take no more than `bytes`: a denoiser that can will rather
  /// compute things twice or piece by piece. memory_bytes tells what that comes to; it exceeds
  /// `bytes` where nothing helps. By default the limit is ignored.
  virtual void limit_memory(std::uint64_t /*bytes*/) {}

  /// Gives back what only makes the next evaluation faster, whose result stays the same. Ends the
  /// validity of a linearization. By default there is nothing to give back.
  virtual void release_memory() {}
};

}  // namespace modeseek
