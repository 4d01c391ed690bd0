#pragma once

#include "modeseek/tensor.hpp"

namespace modeseek::report {

/// The samples [N,C,H,W] side by side in rows, as near to a square as their number allows, with
/// black gaps of two pixels: [1,C,...]. Throws InvalidArgument when there is none.
Tensor contact_sheet(const Tensor& samples);

}  // namespace modeseek::report
