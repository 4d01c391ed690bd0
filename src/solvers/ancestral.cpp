#include "solvers/ancestral.hpp"

#include <cmath>

#include "solvers/peer.hpp"

namespace modeseek {

Tensor ancestral_step(const Run& run, float s, float next_s, const Tensor& x, const Tensor& d,
                      std::uint64_t index) {
  const float kept = next_s / s * (next_s / s);
  Tensor next = d;
  if (next_s > 0) {
    add_scaled(next, kept, x - d);
    add_scaled(next, next_s * std::sqrt(1 - kept), fresh_noise(run, index));
  }
  return next;
}

}  // namespace modeseek
