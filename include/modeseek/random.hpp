#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace modeseek {

/// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random
/// numbers: as easy as 1, 2, 3", SC 2011). The k-th number of (seed, stream) is a pure function of
/// its arguments and uses only exactly rounded arithmetic, so it is the same on every machine and
/// for every thread count.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  /// Uniform 32-bit integer.
  std::uint32_t next_bits();
  /// Uniform on the open interval (0, 1), 32 bits of resolution.
  double uniform();
  /// Uniform integer in [0, bound); bound > 0, unbiased (rejection).
  std::uint32_t below(std::uint32_t bound);
  /// Standard normal, by inversion (Wichura, AS 241, 1988).
  double normal();
  /// Fills with independent standard normals; equal to calling normal() for each in order.
  void fill_normal(std::span<float> out);

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t counter_ = 0;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace modeseek
