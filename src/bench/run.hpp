#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/equipment.hpp"
#include "bench/folder.hpp"
#include "bench/grid.hpp"
#include "bench/plan.hpp"

namespace modeseek::bench {

/// Where a bench stands.
struct Standing {
  std::size_t jobs_done = 0;
  std::size_t jobs = 0;
  double share = 0;         ///< of the work, 0 to 1, what was done before included
  double speed = 0;         ///< network evaluations a second in this run, a VJP counted twice
  double seconds_left = 0;  ///< NaN while not known
  std::string job;          ///< what is being done, for people
};

/// How the program takes part in a bench.
struct BenchHooks {
  /// Called after each network evaluation and each job; false stops the bench (Cancelled).
  std::function<bool(const Standing&)> progress;
  /// Runs what must not be interrupted half-way.
  std::function<void(const std::function<void()>&)> write;
};

/// Runs the jobs that the folder does not hold yet, each of which is on the disk before the next
/// one starts. What benches in `folders_to_reuse` have done already is taken over (Reuse). Throws
/// as Folder::claim, Journal, Reuse and make_scene do, OutOfMemory, Cancelled.
void run_bench(const Grid& grid, const Equipment& equipment, const Plan& plan, const Folder& folder,
               const std::string& command, const BenchHooks& hooks,
               const std::vector<std::string>& folders_to_reuse = {});

}  // namespace modeseek::bench
