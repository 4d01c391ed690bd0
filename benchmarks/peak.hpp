#pragma once

namespace modeseek::benchmarks {

/// Operations a second (a multiply-add counts two) that all threads reach together with
/// multiply-adds on registers: what the processor can do at most. Measured once a process.
double peak_float32();
/// The same for products of bfloat16 that are added up in float32; 0 when this file was compiled
/// for a processor without such instructions.
double peak_bfloat16();

}  // namespace modeseek::benchmarks
