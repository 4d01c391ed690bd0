#pragma once

#include "modeseek/tensor.hpp"

namespace modeseek {

/// Turns stored pixels upright. `orientation` is the tag of EXIF and TIFF 6.0: where row 0 and
/// column 0 of the stored picture belong; 1 (and anything that is not 2 to 8) changes nothing, 3
/// turns by 180 degrees, 6 by 90 degrees clockwise, 8 counter-clockwise, 2, 4, 5, 7 mirror.
Tensor apply_orientation(Tensor pixels, int orientation);

}  // namespace modeseek
