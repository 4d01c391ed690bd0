#include "bench/grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "modeseek/error.hpp"

namespace modeseek::bench {
namespace {

/// Pictures that are restored at once: neighbours of equal extent.
struct Chunk {
  std::size_t first = 0;
  std::size_t count = 0;
};

std::vector<Chunk> chunks(const Grid& grid) {
  std::vector<Chunk> all;
  for (std::size_t i = 0; i < grid.pictures.size(); ++i) {
    const bool joins = !all.empty() && all.back().count < grid.batch &&
                       grid.pictures[all.back().first].shape == grid.pictures[i].shape;
    if (joins) {
      ++all.back().count;
    } else {
      all.push_back({i, 1});
    }
  }
  return all;
}

/// Adds the jobs of all solvers on one measurement.
void add_solver_jobs(const Grid& grid, Job job, std::vector<Job>& all) {
  const std::size_t end = job.first + job.count;
  for (job.solver = 0; job.solver < grid.solvers.size(); ++job.solver) {
    const std::size_t limit = grid.solvers[job.solver].limit.value_or(grid.pictures.size());
    if (limit <= job.first) continue;
    Job limited = job;
    limited.count = std::min(end, limit) - job.first;
    all.push_back(limited);
  }
}

void require_some(bool some, const std::string& what) {
  if (!some) throw InvalidArgument("bench: no " + what + " given");
}

void require_unique(const std::vector<std::string>& names, const std::string& what) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) {
      throw InvalidArgument("bench: the " + what + " '" + name + "' is named twice");
    }
  }
}

template <typename Items, typename Name>
std::vector<std::string> names_of(const Items& items, Name name) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(name(item));
  return names;
}

std::string method(const std::string& solver) { return solver.substr(0, solver.find('(')); }

}  // namespace

std::vector<Job> jobs(const Grid& grid) {
  std::vector<Job> all;
  Job job;
  for (const Chunk& chunk : chunks(grid)) {
    job.first = chunk.first;
    job.count = chunk.count;
    for (job.prior = 0; job.prior < grid.priors.size(); ++job.prior) {
      for (job.seed = 0; job.seed < grid.seeds.size(); ++job.seed) {
        for (job.task = 0; job.task < grid.tasks.size(); ++job.task) {
          for (job.noise = 0; job.noise < grid.noises.size(); ++job.noise) {
            add_solver_jobs(grid, job, all);
          }
        }
      }
    }
  }
  return all;
}

void validate(const Grid& grid) {
  require_some(!grid.pictures.empty(), "pictures");
  require_some(!grid.tasks.empty(), "task");
  require_some(!grid.noises.empty(), "noise level");
  require_some(!grid.solvers.empty(), "solver");
  require_some(!grid.priors.empty(), "prior");
  require_some(!grid.seeds.empty(), "seed");
  require_some(!grid.metrics.empty(), "metric");
  if (grid.batch < 1) throw InvalidArgument("bench: the batch must hold at least one picture");
  require_unique(names_of(grid.pictures, [](const Picture& p) { return p.name; }), "picture");
  require_unique(grid.tasks, "task");
  require_unique(names_of(grid.noises, [](float n) { return fmt::format("{}", n / 2); }),
                 "noise level");
  require_unique(names_of(grid.solvers, [](const GridSolver& s) { return s.text; }), "solver");
  require_unique(names_of(grid.priors, [](const GridPrior& p) { return p.name; }), "prior");
  require_unique(names_of(grid.seeds, [](std::uint64_t s) { return std::to_string(s); }), "seed");
  for (const float noise : grid.noises) {
    if (!(std::isfinite(noise) && noise >= 0)) {
      throw InvalidArgument(fmt::format("bench: the noise level {} is no level", noise / 2));
    }
  }
  for (const std::uint64_t seed : grid.seeds) {
    if (seed >> 32U != 0) {
      throw InvalidArgument(fmt::format("bench: the seed {} is above 4294967295", seed));
    }
  }
}

std::uint64_t picture_seed(std::uint64_t seed, const std::string& picture) {
  std::uint32_t hash = 2166136261U;  // FNV-1a of 32 bits
  for (const char c : picture) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return seed << 32U | hash;
}

bool keeps_picture(const Grid& grid, const Job& job, std::size_t picture) {
  return job.seed == 0 && picture < grid.kept_pictures;
}

std::string solver_label(const Grid& grid, std::size_t solver) {
  const std::string& text = grid.solvers.at(solver).text;
  const auto same =
      std::count_if(grid.solvers.begin(), grid.solvers.end(),
                    [&](const GridSolver& other) { return method(other.text) == method(text); });
  return same > 1 ? text : method(text);
}

std::string noise_text(const Grid& grid, std::size_t noise) {
  return fmt::format("{}", grid.noises.at(noise) / 2);
}

}  // namespace modeseek::bench
