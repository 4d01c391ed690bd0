#pragma once

#include <memory>
#include <vector>

#include "modeseek/denoiser.hpp"
#include "modeseek/operator.hpp"
#include "modeseek/prior.hpp"
#include "modeseek/solver_registry.hpp"
#include "operators/operators.hpp"

namespace modeseek::testing_support {

/// A problem that falls apart into scalar ones: the prior N(0, variance I) on 8x8 images, 2x2 block
/// means (singular value 1/2, 16 measured modes, 48 free ones), every mean measured as `level`.
struct PeerProblem {
  std::unique_ptr<Denoiser> prior;
  std::unique_ptr<Operator> op;
  Tensor y;
  float noise;

  Result solve(const Solver& solver, const RunOptions& run = {}) const {
    return solver.solve(*prior, *op, y, noise, run);
  }
  Result solve(const char* spec, const RunOptions& run = {}) const {
    return solve(*make_solver(SolverSpec::parse(spec), *op, noise), run);
  }
};

inline PeerProblem peer_problem(float noise, double variance = 0.3, float level = 0.4F,
                                std::int64_t samples = 1) {
  const Shape image{1, 1, 8, 8};
  auto op = make_block_mean(image, 2);
  Tensor y(op->range().with_samples(samples), level);
  return {make_mixture_prior({{1.0, std::vector<double>(64, 0.0), variance}}), std::move(op),
          std::move(y), noise};
}

/// One seed a sample.
inline RunOptions seeded(std::int64_t samples) {
  RunOptions run;
  for (std::int64_t n = 0; n < samples; ++n) {
    run.sample_seeds.push_back(static_cast<std::uint64_t>(100 + n));
  }
  return run;
}

}  // namespace modeseek::testing_support
