#pragma once

#include "modeseek/prior.hpp"
#include "networks/network.hpp"

namespace modeseek::priors {

/// The caller's choices as the networks take them: each setting's text is JSON where it parses as
/// such (4, true, [1, 2]) and a string where it does not (cosine).
networks::NetworkOptions network_options(const PriorOptions& options);

}  // namespace modeseek::priors
