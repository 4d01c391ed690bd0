#pragma once

#include "modeseek/restore.hpp"

namespace modeseek {

/// Entries that are not measured hold whatever the file shows there (black); H gives 0, and so does
/// this. `known` as Operator::known_entries().
Tensor without_unknown_entries(Tensor y, const Tensor& known);

/// From the solver's unknown to the picture: margins off, channels averaged for grey.
Tensor to_picture(const Tensor& unknown, const PosedTask& posed);

}  // namespace modeseek
