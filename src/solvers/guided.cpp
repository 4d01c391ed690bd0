#include "solvers/guided.hpp"

#include <utility>
#include <vector>

namespace modeseek {

Result run_guided(Run& run, const LevelOptions& options, const GuidedRule& next) {
  const std::vector<float> levels = noise_levels(options, run.noise_range());
  Tensor x = start(run, levels[0]);
  for (std::size_t i = 0;; ++i) {
    const auto at = run.evaluator().linearize(x, levels[i]);
    Tensor next_x = next({i, levels[i], levels[i + 1], x, *at});
    if (i + 2 == levels.size()) return run.finish(levels[i], x, at->value(), std::move(next_x));
    x = std::move(next_x);
  }
}

}  // namespace modeseek
