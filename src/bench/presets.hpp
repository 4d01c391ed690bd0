#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace modeseek::bench {

/// A published or recorded comparison by name; what the user states replaces its entries.
struct BenchPreset {
  std::string name;
  std::vector<std::string> tasks;             ///< texts
  std::vector<float> noises;                  ///< on [-1, 1]
  std::int64_t crop = 0;                      ///< 0: whole pictures
  std::map<std::string, std::size_t> limits;  ///< by a solver's name
};

/// Every preset, in the order of display.
const std::vector<BenchPreset>& bench_presets();

/// Names for messages and help.
std::string bench_preset_names();

/// Throws InvalidArgument for an unknown name.
const BenchPreset& bench_preset(const std::string& name);

}  // namespace modeseek::bench
