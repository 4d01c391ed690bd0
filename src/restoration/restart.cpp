#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "modeseek/error.hpp"
#include "modeseek/restore.hpp"

namespace modeseek {
namespace {

/// The progress of run `index` of `count` as a part of the whole.
ProgressCallback part_of_whole(const ProgressCallback& whole, int index, int count) {
  if (!whole) return {};
  return [whole, index, count](const Progress& progress) {
    Progress total = progress;
    total.done += index * progress.total;
    total.total *= count;
    return whole(total);
  };
}

/// A result that is no number explains nothing.
double residual_of(const Restored& restored) {
  const double ratio = restored.certificate.residual_ratio;
  return std::isnan(ratio) ? std::numeric_limits<double>::infinity() : ratio;
}

}  // namespace

Restored restore_best(const PosedTask& posed, const Image& measurement, const NoiseChoice& noise,
                      Denoiser& prior, const Solver& solver, const RunOptions& run, int restarts) {
  if (restarts < 1) {
    throw InvalidArgument("restarts: expected at least 1, found " + std::to_string(restarts));
  }
  if (restarts > 1 && !run.sample_seeds.empty()) {
    throw InvalidArgument("restarts: sample_seeds would make every run the same");
  }
  Restored best;
  int denoiser_evaluations = 0;
  int vjp_evaluations = 0;
  double seconds = 0;
  for (int i = 0; i < restarts; ++i) {
    RunOptions own = run;
    own.seed = run.seed + static_cast<std::uint64_t>(i);
    own.progress = part_of_whole(run.progress, i, restarts);
    Restored next = restore(posed, measurement, noise, prior, solver, own);
    denoiser_evaluations += next.denoiser_evaluations;
    vjp_evaluations += next.vjp_evaluations;
    seconds += next.seconds;
    if (i == 0 || residual_of(next) < residual_of(best)) {
      best = std::move(next);
    }
  }
  best.denoiser_evaluations = denoiser_evaluations;
  best.vjp_evaluations = vjp_evaluations;
  best.seconds = seconds;
  return best;
}

}  // namespace modeseek
