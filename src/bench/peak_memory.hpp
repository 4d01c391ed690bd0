#pragma once

#include <cstdint>

namespace modeseek::bench {

/// Measures how much memory the process holds at its highest from now on. Memory that was free is
/// handed back to the system first. Where the system cannot forget an earlier peak (no Linux, or
/// not allowed), the peak is that of the whole process.
class PeakMemory {
 public:
  PeakMemory();
  /// In bytes, what the process held at the start included; 0 where the system does not say.
  std::uint64_t bytes() const;
};

}  // namespace modeseek::bench
