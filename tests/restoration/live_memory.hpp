#pragma once

#include <cstdint>

namespace modeseek::test {

/// Bytes that operator new has given out and operator delete has not taken back, in this program.
std::uint64_t live_bytes();
/// The most that live_bytes() was since the last reset_peak().
std::uint64_t peak_bytes();
void reset_peak();

}  // namespace modeseek::test
