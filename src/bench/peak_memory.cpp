#include "bench/peak_memory.hpp"

#include <malloc.h>

#include <fstream>

#include "restoration/machine.hpp"

namespace modeseek::bench {

PeakMemory::PeakMemory() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // proc(5): resets VmHWM to VmRSS
}

std::uint64_t PeakMemory::bytes() const { return peak_resident_memory(); }

}  // namespace modeseek::bench
