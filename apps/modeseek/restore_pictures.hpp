#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "options.hpp"
#include "prior_options.hpp"
#include "session.hpp"

namespace modeseek::app {

/// The options of `modeseek restore`.
struct RestoreOptions {
  std::vector<std::string> inputs;
  std::string output;
  std::string task;
  std::string noise = "auto";
  PriorChoice prior;
  std::string max_memory;
  SolverOptions solver;
  std::uint64_t seed = 0;
  int restarts = 1;
  std::string size;
  std::string reference;
  std::string uncertainty;
  int uncertainty_probes = 8;
  std::string json;
  int bits = 0;
  int threads = 0;
  bool quiet = false;
};

/// Restores the pictures one after the other, each with all threads: while one is restored, the one
/// before is written and the next one is read. Throws as reading, restoring and writing do; what
/// was restored until then is written, and told.
void restore_pictures(const RestoreOptions& options, const Session& session);

}  // namespace modeseek::app
