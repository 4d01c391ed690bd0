#pragma once

#include <cstdint>
#include <string>

namespace modeseek {

/// What `info` says about the computer.
struct Machine {
  std::string processor;        ///< its model name, "unknown" when the system does not say
  int cores = 0;                ///< processors that this process may use
  std::uint64_t memory = 0;     ///< installed, in bytes
  std::uint64_t available = 0;  ///< as available_memory()
};

Machine describe_machine();

/// Resident memory of this process in bytes, now and at its highest; 0 where the system does not
/// say.
std::uint64_t resident_memory();
std::uint64_t peak_resident_memory();

}  // namespace modeseek
