#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "networks/network.hpp"

namespace modeseek::networks {

/// Variance-preserving score model of Song et al. 2021 in continuous time, as Karras et al. 2022
/// (table 1, column VP) wrap it: skip = 1, out = -s, in = 1/sqrt(1 + s^2), conditioning
/// (steps - 1) t(s), where s(t)^2 = exp(beta_d t^2 / 2 + beta_min t) - 1.
struct VpSchedule {
  double beta_d = 19.9;
  double beta_min = 0.1;
  double steps = 1000;
};
Preconditioning vp_preconditioning(const VpSchedule& schedule, NoiseRange range);

/// Variance-exploding score model (table 1, column VE): skip = 1, out = s, in = 1, conditioning
/// ln(s / 2).
Preconditioning ve_preconditioning(NoiseRange range);

/// Improved DDPM as Karras et al. wrap it (table 1, column iDDPM): skip = 1, out = -s,
/// in = 1/sqrt(1 + s^2), conditioning M - 1 - argmin_j |u_j - s|: the network knows its M + 1
/// levels only, so the nearest is taken. `levels` are u_0 > u_1 > ... > u_M = 0.
Preconditioning iddpm_preconditioning(std::vector<float> levels);
/// The levels u_j for the constants C_1, C_2 of Karras et al. 2022 (table 1, last row).
std::vector<float> iddpm_levels(double c1, double c2, std::int64_t steps);

/// What a discrete-time network predicts from the scaled image x / sqrt(1 + s^2).
enum class Prediction { epsilon, sample, velocity };

/// A variance-preserving chain of discrete timesteps 0 .. T - 1, seen from the outside as noise
/// levels s_t = sqrt((1 - abar_t) / abar_t), abar_t = prod_{i <= t} (1 - beta_i).
struct DiscreteSchedule {
  std::string name;                ///< "linear", ...
  std::vector<double> alpha_bars;  ///< strictly decreasing, in (0, 1)
  double timestep_factor = 1;      ///< the network is given factor * t
};

/// abar_t of betas in (0, 1); InvalidArgument for others.
std::vector<double> alpha_bars(const std::vector<double>& betas);

/// DDPM's betas: linear from `start` to `end`.
std::vector<double> linear_betas(double start, double end, std::int64_t steps);
/// Latent diffusion's betas: linear in their square roots.
std::vector<double> scaled_linear_betas(double start, double end, std::int64_t steps);
/// Nichol and Dhariwal 2021: abar(t) = cos^2((t + 0.008) / 1.008 pi / 2), betas at most 0.999.
std::vector<double> cosine_betas(std::int64_t steps);

/// D(x, s) for every s > 0 of a network that was trained on discrete timesteps. The timestep is
/// real: interpolated linearly in ln s between the levels (sinusoidal embeddings accept that) and
/// held at the ends.
Preconditioning discrete_preconditioning(const DiscreteSchedule& schedule, Prediction prediction);

}  // namespace modeseek::networks
