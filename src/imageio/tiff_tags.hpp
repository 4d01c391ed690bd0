#pragma once

#include <string>

namespace modeseek {

/// True when the first directory of a TIFF or BigTIFF file holds the tag BitsPerSample (TIFF 6.0,
/// section 8). A file too damaged to tell counts as true: its reader then finds the damage.
bool tiff_states_bits_per_sample(const std::string& path);

}  // namespace modeseek
