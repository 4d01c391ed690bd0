#include "priors/embedded.hpp"

// Defined in embedded_weights.S.
extern "C" {
extern const std::byte modeseek_natural_begin[];
extern const std::byte modeseek_natural_end[];
extern const std::byte modeseek_natural_s_begin[];
extern const std::byte modeseek_natural_s_end[];
}

namespace modeseek::priors {

std::span<const std::byte> embedded_natural() {
  return {modeseek_natural_begin, modeseek_natural_end};
}

std::span<const std::byte> embedded_natural_s() {
  return {modeseek_natural_s_begin, modeseek_natural_s_end};
}

}  // namespace modeseek::priors
