#pragma once

#include <vector>

#include "modeseek/solver_registry.hpp"
#include "solvers/planned_solver.hpp"
#include "solvers/settings_reader.hpp"

namespace modeseek {

/// How a peer's noise levels are spaced.
enum class Spacing {
  karras,  ///< evenly in sigma^(1/7), as EDM
  vp       ///< evenly in the time of the variance-preserving diffusion with linear beta, as DDPM
};

struct LevelOptions {
  int steps = 100;
  Spacing spacing = Spacing::vp;
  float sigma_max = 80.0F;
  float sigma_min = 0.01F;
};

/// The settings steps, spacing, sigma_max and sigma_min, for a SolverEntry.
std::vector<SolverSetting> level_settings(const LevelOptions& standard);

/// Reads them. Throws InvalidArgument.
LevelOptions read_levels(SettingsReader& settings, const LevelOptions& standard);

/// The levels s_0 > s_1 > ... > s_{steps-1}, all within the prior's range, followed by 0.
std::vector<float> noise_levels(const LevelOptions& options, const NoiseRange& range);

}  // namespace modeseek
