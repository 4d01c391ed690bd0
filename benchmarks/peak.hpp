#pragma once

namespace modeseek::benchmarks {

/// Float32 operations a second (a multiply-add counts two) that all threads reach together with
/// multiply-adds on registers: what the processor can do at most. Measured once a process.
double peak_flops();

}  // namespace modeseek::benchmarks
