#pragma once

#include <string>
#include <vector>

namespace modeseek::report {

/// One line of comma-separated values (RFC 4180) with its newline: fields with a comma, a quote or
/// a line break are quoted.
std::string csv_line(const std::vector<std::string>& fields);

/// At most `digits` significant digits; "" for NaN (not known), "inf" and "-inf".
std::string csv_number(double value, int digits = 6);

}  // namespace modeseek::report
