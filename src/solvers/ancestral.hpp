#pragma once

#include <cstdint>

#include "solvers/run.hpp"

namespace modeseek {

/// A draw of x_s' from p(x_s' | x_s = x, x0 = d), the step of a DDPM:
/// (s'/s)^2 x + (1 - (s'/s)^2) d + s' sqrt(1 - (s'/s)^2) z. With s' = 0 it is d.
Tensor ancestral_step(const Run& run, float s, float next_s, const Tensor& x, const Tensor& d,
                      std::uint64_t index);

}  // namespace modeseek
