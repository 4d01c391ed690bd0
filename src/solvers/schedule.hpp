#pragma once

#include <vector>

#include "modeseek/denoiser.hpp"

namespace modeseek {

/// More steps than any run has use for.
constexpr int max_steps = 100000;

/// `steps` noise levels from `sigma_max` down to `sigma_min`, both met exactly, evenly spaced in
/// sigma^(1/rho) (Karras, Aittala, Aila, Laine, "Elucidating the Design Space of Diffusion-Based
/// Generative Models", NeurIPS 2022, eq. 5; rho = 7). One step gives sigma_max alone.
/// Throws InvalidArgument unless steps is 1 to max_steps and 0 < sigma_min <= sigma_max, all
/// finite.
std::vector<float> karras_schedule(int steps, float sigma_max, float sigma_min);

/// `steps` noise levels from `sigma_max` down to `sigma_min`, evenly spaced in the time t of the
/// variance-preserving diffusion with linear beta from 0.1 to 20 (Ho, Jain, Abbeel, "Denoising
/// Diffusion Probabilistic Models", NeurIPS 2020; in continuous time Song et al., ICLR 2021):
/// sigma^2 = exp(9.95 t^2 + 0.1 t) - 1. Throws as karras_schedule does.
std::vector<float> vp_schedule(int steps, float sigma_max, float sigma_min);

/// `steps` noise levels from `sigma_max` down to `sigma_min`, evenly spaced in
/// log(sigma / (1 + sigma / knee)): in equal ratios far below the knee, sparse above it, where
/// images hide in the noise and a level changes little. Throws as karras_schedule does, and unless
/// knee is positive.
std::vector<float> log_schedule(int steps, float sigma_max, float sigma_min, float knee);

/// The first and the last noise level of a run.
struct LevelEnds {
  float max;
  float min;
};

/// The ends, moved into the range where the prior is valid: before the levels are spaced, since
/// moving the levels one by one would repeat the ends. Throws InvalidArgument unless
/// 0 < sigma_min <= sigma_max, both finite.
LevelEnds ends_within(const NoiseRange& range, float sigma_max, float sigma_min);

}  // namespace modeseek
