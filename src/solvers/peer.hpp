#pragma once

#include <string>
#include <utility>
#include <vector>

#include "modeseek/solver.hpp"
#include "modeseek/solver_registry.hpp"
#include "solvers/run.hpp"
#include "solvers/settings_reader.hpp"

namespace modeseek {

/// What the methods that VML-MAP is compared with share: a name, the record of their settings and
/// the number of evaluations, all known before the run.
class Peer : public Solver {
 public:
  /// `settings`: SettingsReader::record() of the reader that made the options. Throws
  /// InvalidArgument when the evaluations are too many to count.
  Peer(std::string name, std::string settings, const EvaluationCount& planned);

  Result solve(Denoiser& prior, const Operator& op, const Tensor& y, float noise,
               const RunOptions& run) const final;
  std::string name() const final { return name_; }
  std::string settings() const final { return settings_; }
  std::pair<int, int> expected_evaluations() const final;

 protected:
  /// The method itself, within a checked run. Takes exactly the evaluations that were planned.
  virtual Result restore(Run& run) const = 0;

 private:
  std::string name_;
  std::string settings_;
  EvaluationCount planned_;
};

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

/// s_0 z: where a run starts.
Tensor start(const Run& run, float sigma);

/// z of step `index`, the shape of the unknown.
Tensor fresh_noise(const Run& run, std::uint64_t index);

}  // namespace modeseek
