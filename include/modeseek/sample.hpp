#pragma once

#include <cstdint>

#include "modeseek/denoiser.hpp"
#include "modeseek/solver.hpp"
#include "modeseek/tensor.hpp"

namespace modeseek {

/// Settings of `sample`.
struct SampleOptions {
  int steps = 32;           ///< noise levels (Karras schedule, rho = 7) before zero
  float sigma_max = 80.0F;  ///< first level; both are moved into the prior's noise range
  float sigma_min = 0.002F;
  std::uint64_t seed = 0;  ///< sample n of a batch uses seed + n
  ProgressCallback progress;
};

/// Network evaluations of one call: a Heun step takes two, the last step, to zero, one.
int sample_evaluations(const SampleOptions& options);

/// Draws from the prior itself, nothing measured: the probability flow ODE dx/ds = (x - D)/s from
/// pure noise to zero by Heun's method (Karras, Aittala, Aila, Laine, "Elucidating the Design Space
/// of Diffusion-Based Generative Models", NeurIPS 2022, algorithm 1). `shape` [N,C,H,W]; a sample
/// depends on its own seed only. Throws InvalidArgument when the shape does not fit the prior or an
/// option is out of range, Cancelled when the callback says stop.
Tensor sample(Denoiser& prior, const Shape& shape, const SampleOptions& options = {});

}  // namespace modeseek
