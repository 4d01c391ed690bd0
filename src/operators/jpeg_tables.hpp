#pragma once

#include <array>

namespace modeseek {

/// Quantisation steps of an 8x8 block of coefficients, row-major.
using JpegTable = std::array<float, 64>;

/// The tables of ITU-T T.81, annex K.1 (luminance) and K.2 (chrominance), scaled as libjpeg scales
/// them for a quality from 1 to 100. Throws InvalidArgument for another quality.
JpegTable jpeg_luminance_table(int quality);
JpegTable jpeg_chrominance_table(int quality);

}  // namespace modeseek
