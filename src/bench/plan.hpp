#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "bench/equipment.hpp"
#include "bench/grid.hpp"

namespace modeseek::bench {

/// What is known about a job before it runs.
struct Forecast {
  std::string not_applicable;  ///< why the method has no form for it; empty when it has one
  std::string settings;        ///< of the solver
  double work = 0;             ///< network evaluations, a VJP counted twice, times pixels
};

/// Forecasts of all jobs of a grid, which prove that every task, prior and solver fit together.
class Plan {
 public:
  /// Throws InvalidArgument, naming task and solver, for what cannot work.
  Plan(const Grid& grid, const Equipment& equipment);

  const Forecast& operator[](const Job& job) const;

  /// As Grid::settings.
  std::vector<std::string> settings() const;

 private:
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::size_t, std::size_t,
                         std::size_t, std::size_t>;
  Key key(const Job& job) const;
  void add(const Job& job, const Equipment& equipment);

  const Grid& grid_;
  std::map<Key, Forecast> forecasts_;
};

}  // namespace modeseek::bench
