#include "bench/plan.hpp"

#include "bench/scene.hpp"
#include "modeseek/error.hpp"

namespace modeseek::bench {
namespace {

/// What a job costs besides the network, in network evaluations: so that cells without any count.
constexpr double kOverhead = 0.2;

Forecast forecast(const Grid& grid, const Job& job, const PosedTask& posed, float noise,
                  const SolverMaker& make) {
  Forecast result;
  const auto pixels = static_cast<double>(posed.op->domain().plane());
  result.work = kOverhead * pixels;
  const std::string& text = grid.solvers.at(job.solver).text;
  if (text == kBaseline) return result;
  try {
    const auto solver = make(text, *posed.op, noise);
    const auto [forward, vjps] = solver->expected_evaluations();
    result.settings = solver->settings();
    result.work += (forward + 2.0 * vjps) * pixels;
  } catch (const NotApplicable& error) {
    result.not_applicable = error.reason();
  } catch (const InvalidArgument& error) {
    throw InvalidArgument("solver '" + text + "', task '" + grid.tasks.at(job.task) +
                          "': " + error.what());
  }
  return result;
}

}  // namespace

Plan::Plan(const Grid& grid, const Equipment& equipment) : grid_(grid) {
  for (const Job& job : jobs(grid)) {
    if (forecasts_.count(key(job)) == 0) add(job, equipment);
  }
}

Plan::Key Plan::key(const Job& job) const {
  const Shape& shape = grid_.pictures.at(job.first).shape;
  return {shape.c, shape.h, shape.w, job.prior, job.task, job.noise, job.solver};
}

void Plan::add(const Job& job, const Equipment& equipment) {
  const Picture& picture = grid_.pictures.at(job.first);
  try {
    const PosedTask posed = pose_for(Task::parse(grid_.tasks.at(job.task)), picture.shape,
                                     equipment.priors.at(job.prior)->constraints());
    const float noise = noise_for(posed, grid_.noises.at(job.noise)).level;
    // One operator serves all solvers on it.
    Job each = job;
    for (each.solver = 0; each.solver < grid_.solvers.size(); ++each.solver) {
      forecasts_[key(each)] = forecast(grid_, each, posed, noise, equipment.make_solver);
    }
  } catch (const InvalidArgument& error) {
    throw InvalidArgument(picture.name + ": " + error.what());
  }
}

const Forecast& Plan::operator[](const Job& job) const { return forecasts_.at(key(job)); }

std::vector<std::string> Plan::settings() const {
  std::vector<std::string> all;
  Job job;
  for (job.prior = 0; job.prior < grid_.priors.size(); ++job.prior) {
    for (job.task = 0; job.task < grid_.tasks.size(); ++job.task) {
      for (job.noise = 0; job.noise < grid_.noises.size(); ++job.noise) {
        for (job.solver = 0; job.solver < grid_.solvers.size(); ++job.solver) {
          const Forecast& forecast = (*this)[job];
          all.push_back(forecast.not_applicable.empty() ? forecast.settings
                                                        : forecast.not_applicable);
        }
      }
    }
  }
  return all;
}

}  // namespace modeseek::bench
