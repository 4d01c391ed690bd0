#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "restoration/forecast.hpp"

namespace modeseek::bench {

/// A published or recorded comparison by name; what the user states replaces its entries.
struct BenchPreset {
  std::string name;
  std::string meaning;                        ///< one line
  std::vector<std::string> tasks;             ///< texts
  std::vector<float> noises;                  ///< on [-1, 1]
  std::int64_t crop = 0;                      ///< 0: whole pictures
  std::map<std::string, std::size_t> limits;  ///< by a solver's name
};

/// Every preset; masks that are stated as shares of the picture are made for `picture`.
std::vector<BenchPreset> bench_presets(const Size& picture);

/// Names for messages and help.
std::string bench_preset_names();

/// Throws InvalidArgument for an unknown name.
BenchPreset bench_preset(const std::string& name, const Size& picture);

}  // namespace modeseek::bench
