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

}  // namespace

Restored restore_best(const PosedTask& posed, const Image& measurement, const NoiseChoice& noise,
                      Denoiser& prior, const Solver& solver, const RunOptions& run, int restarts) {
  if (restarts < 1) {
    throw InvalidArgument("restarts: expected at least 1, found " + std::to_string(restarts));
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
    if (i == 0 || next.certificate.residual_ratio < best.certificate.residual_ratio) {
      best = std::move(next);
    }
  }
  best.denoiser_evaluations = denoiser_evaluations;
  best.vjp_evaluations = vjp_evaluations;
  best.seconds = seconds;
  return best;
}

}  // namespace modeseek
