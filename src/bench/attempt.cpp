#include "bench/attempt.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "bench/peak_memory.hpp"
#include "modeseek/error.hpp"
#include "modeseek/metrics.hpp"
#include "restoration/baseline.hpp"
#include "restoration/memory.hpp"
#include "restoration/picture.hpp"
#include "solvers/certificate.hpp"

namespace modeseek::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Entries of one measurement that hold a measurement at all.
/// What Certificate::residual_ratio is for a solver.
double residual_ratio(const Operator& op, const Tensor& x, const Tensor& y, float noise) {
  return norm(y - op.apply(x)) / (double(noise) * std::sqrt(measured_entries(op)));
}

Result baseline(const Grid& grid, const Job& job, const Scene& scene) {
  Result result;
  std::vector<Tensor> parts;
  for (std::int64_t i = 0; i < scene.y.shape().n; ++i) {
    const Tensor y = scene.y.copy_sample(i);
    parts.push_back(regularised_pseudo_inverse(*scene.posed.op, y, grid.noises.at(job.noise)));
    result.certificates.push_back(
        {residual_ratio(*scene.posed.op, parts.back(), y, scene.noise.level),
         std::numeric_limits<double>::quiet_NaN()});
  }
  result.image = concat_samples(parts);
  return result;
}

/// Upper bound: the weights count once a picture.
void require_room(const Scene& scene, const Denoiser& prior, const Solver& solver) {
  const auto pictures = static_cast<std::uint64_t>(scene.y.shape().n);
  require_memory("restoring " + std::to_string(pictures) + " pictures of", scene.posed.picture,
                 pictures * memory_needed(scene.posed, prior, solver));
}

Tensor clipped(Tensor picture) {
  for (float& value : picture.values()) value = std::clamp(value, -1.0F, 1.0F);
  return picture;
}

Row blank_row(const Job& job, std::size_t index, const Scene& scene) {
  Row row;
  row.picture = job.first + index;
  row.prior = job.prior;
  row.task = job.task;
  row.noise = job.noise;
  row.seed = job.seed;
  row.solver = job.solver;
  row.noise_level = scene.noise.level;
  return row;
}

Attempt without_result(const Job& job, const Scene& scene, Status status,
                       const std::string& reason) {
  Attempt attempt;
  for (std::size_t i = 0; i < job.count; ++i) {
    attempt.rows.push_back(blank_row(job, i, scene));
    attempt.rows.back().status = status;
    attempt.rows.back().reason = reason;
  }
  return attempt;
}

/// What the rows of one batch share.
struct Effort {
  std::string settings;
  double seconds = 0;  ///< of the whole batch
  std::uint64_t peak_memory = 0;
};

Attempt measured(const Job& job, const Scene& scene, const Result& result, const Effort& effort,
                 const std::vector<Metric>& metrics) {
  if (!all_finite(result.image)) {
    return without_result(job, scene, Status::failed, "the result holds NaN or infinite values");
  }
  Attempt attempt;
  for (std::size_t i = 0; i < job.count; ++i) {
    const Tensor unknown = result.image.copy_sample(static_cast<std::int64_t>(i));
    const Tensor picture = clipped(to_picture(unknown, scene.posed));
    Row row = blank_row(job, i, scene);
    row.settings = effort.settings;
    for (const Metric& metric : metrics)
      row.metrics.push_back(metric.measure(picture, scene.clean[i]));
    row.residual_ratio = result.certificates.at(i).residual_ratio;
    row.stationarity = result.certificates.at(i).stationarity;
    row.evaluations = result.denoiser_evaluations;
    row.vjps = result.vjp_evaluations;
    row.seconds = effort.seconds / static_cast<double>(job.count);
    row.peak_memory = effort.peak_memory;
    attempt.rows.push_back(std::move(row));
    attempt.pictures.push_back(picture);
  }
  return attempt;
}

}  // namespace

std::vector<Metric> standard_metrics() {
  return {{"psnr", [](const Tensor& a, const Tensor& b) { return psnr(a, b); }},
          {"ssim", [](const Tensor& a, const Tensor& b) { return ssim(a, b); }}};
}

Attempt attempt(const Grid& grid, const Job& job, const Scene& scene, const Equipment& equipment,
                const ProgressCallback& progress) {
  Denoiser& prior = *equipment.priors.at(job.prior);
  const std::string& text = grid.solvers.at(job.solver).text;
  try {
    const PeakMemory peak;
    const auto start = Clock::now();
    Effort effort;
    Result result;
    if (text == kBaseline) {
      result = baseline(grid, job, scene);
    } else {
      const auto solver = equipment.make_solver(text, *scene.posed.op, scene.noise.level);
      require_room(scene, prior, *solver);
      effort.settings = solver->settings();
      RunOptions run;
      run.sample_seeds = scene.seeds;
      run.progress = progress;
      result = solver->solve(prior, *scene.posed.op, scene.y, scene.noise.level, run);
    }
    effort.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    effort.peak_memory = peak.bytes();
    return measured(job, scene, result, effort, equipment.metrics);
  } catch (const NotApplicable& error) {
    return without_result(job, scene, Status::not_applicable, error.reason());
  } catch (const OutOfMemory&) {
    throw;
  } catch (const Cancelled&) {
    throw;
  } catch (const Error& error) {
    return without_result(job, scene, Status::failed, error.what());
  }
}

}  // namespace modeseek::bench
