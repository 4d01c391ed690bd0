#pragma once

#include "modeseek/operator.hpp"

namespace modeseek {

/// The three kinds of measurement by which the peers' authors choose their settings.
enum class TaskKind {
  missing,    ///< inpainting: entries of the image itself, some missing
  reduction,  ///< super-resolution, compressed sensing: far fewer values than unknowns
  other       ///< deblurring and everything else
};

TaskKind task_kind(const Operator& op);

/// Throws NotApplicable, in the solver's name, for a measurement that is not linear.
void require_linear(const char* solver, const Operator& op);

/// The operator's singular value decomposition. Throws NotApplicable, in the solver's name, for an
/// operator without one.
std::unique_ptr<Spectral> require_spectral(const char* solver, const Operator& op);

}  // namespace modeseek
