#pragma once

namespace modeseek::engine {

/// How far a network's results on pieces of an image may be from those on the whole, relative. Not
/// at all on x86-64, where oneDNN's convolutions add up each pixel in the same order whatever the
/// size; on other processors they are matrix products, whose order of sums depends on it.
#if defined(__x86_64__)
constexpr double size_rounding = 0;
#else
constexpr double size_rounding = 1e-5;
#endif

}  // namespace modeseek::engine
