#pragma once

#include <memory>

#include "modeseek/solver.hpp"

namespace modeseek {

/// VML-MAP by posterior renoising (VmlMapOptions::Scheme::posterior). Throws InvalidArgument for
/// options out of range; `renoise` is checked by the caller, make_vml_map.
std::unique_ptr<Solver> make_vml_posterior(const VmlMapOptions& options);

}  // namespace modeseek
