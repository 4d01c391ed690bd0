#pragma once

#include <cstdint>
#include <vector>

#include "operators/jpeg_tables.hpp"

namespace modeseek {

/// Codes a plane of 8-bit values (0 to 255, row-major, rows x columns) as JPEG does and decodes it
/// again: 8x8 blocks, the orthonormal cosine transform of value - 128, coefficients rounded to
/// multiples of the table's steps, then back, rounded and clipped to 8 bits. What the last blocks
/// lack is filled with the edge's values.
void code_jpeg_blocks(std::vector<float>& plane, std::int64_t rows, std::int64_t columns,
                      const JpegTable& table);

}  // namespace modeseek
