#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace modeseek::report {

/// "0.8 s", "12 s", "3:05", "1:02:09"
std::string duration(double seconds);

/// "512 MiB", "1.50 GiB"
std::string byte_size(std::uint64_t bytes);

/// A decibel value with two digits; "inf" where the pictures are equal, "-" for NaN (not known).
std::string decibel(double value);

/// A noise level on both scales, from its value on [-1, 1]: "0.0200 on [0,1] (0.0400 on [-1,1])".
std::string both_scales(double level);
/// The same of a preset's noise, levels on [0, 1] between " or ": "0 or 0.05 on [0,1] (0 or 0.1 on
/// [-1,1])"; other words stay as they are.
std::string both_scales(const std::string& levels);

/// Columns padded to their widest cell (in characters, not bytes), two spaces between, one line a
/// row, a rule under the first row. The first column is aligned to the left, the others to the
/// right. Throws InvalidArgument when the rows differ in length.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace modeseek::report
