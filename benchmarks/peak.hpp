#pragma once

namespace modeseek::benchmarks {

/// Processor time of the whole process since it was made.
class ProcessorClock {
 public:
  ProcessorClock() : begin_(now()) {}
  double seconds() const { return now() - begin_; }

 private:
  static double now();

  double begin_;
};

/// Operations (a multiply-add counts two) that a core does in a second of processor time with
/// multiply-adds on registers, while all threads are at it: what the processor can do at most.
/// Measured once a process.
double peak_float32();
/// The same for products of bfloat16 that are added up in float32; 0 when this file was compiled
/// for a processor without such instructions.
double peak_bfloat16();

}  // namespace modeseek::benchmarks
