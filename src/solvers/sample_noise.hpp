#pragma once

#include <cstdint>
#include <vector>

#include "modeseek/solver.hpp"

namespace modeseek {

/// The random numbers of one run. What a sample gets depends on its own seed, the purpose and the
/// index only: not on its place in the batch, nor on how much was drawn before.
class SampleNoise {
 public:
  enum class Purpose : std::uint64_t {
    start = 1,
    transition,
    trace,
    deviation,
    deviation_point,
    langevin,
    measurement
  };

  SampleNoise(const RunOptions& run, std::int64_t samples);

  /// Independent standard normals.
  Tensor normal(const Shape& shape, Purpose purpose, std::uint64_t index) const;
  /// Independent signs, +1 or -1: Hutchinson probes of least variance.
  Tensor signs(const Shape& shape, Purpose purpose, std::uint64_t index) const;

 private:
  std::vector<std::uint64_t> seeds_;
};

}  // namespace modeseek
