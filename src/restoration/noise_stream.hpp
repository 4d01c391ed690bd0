#pragma once

#include <cstdint>

namespace modeseek {

/// The random stream of a measurement's noise. Masks and kernels are drawn from stream 0 of their
/// seeds: with the same seed and stream the noise would be the very numbers that chose the pixels,
/// no longer of mean zero where they are kept. Benches record it (measurements of another stream
/// are others): it changes whenever the same seed gives other noise.
constexpr std::uint64_t noise_stream = 1;

}  // namespace modeseek
