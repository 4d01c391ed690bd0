#pragma once

#include <cstdint>
#include <functional>

#include "solvers/peer.hpp"

namespace modeseek {

/// One level of a run that corrects every step with vector-Jacobian products of the denoiser.
struct GuidedStep {
  std::uint64_t index;
  float s;            ///< noise level of x
  float next_s;       ///< level to go to, 0 at the end
  const Tensor& x;    ///< the unknown at level s
  Linearization& at;  ///< the denoiser, linearised at x

  /// D(x, s)
  const Tensor& d() const { return at.value(); }
};

/// x at the next level; at the end the restored image.
using GuidedRule = std::function<Tensor(const GuidedStep&)>;

/// A run from noise down the levels, one forward pass each.
Result run_guided(Run& run, const LevelOptions& options, const GuidedRule& next);

}  // namespace modeseek
