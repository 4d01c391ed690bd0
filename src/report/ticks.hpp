#pragma once

#include <vector>

namespace modeseek::report {

/// Multiples of 1, 2 or 5 times a power of ten in [low, high], about `wanted` of them. Empty unless
/// low < high, both finite.
std::vector<double> linear_ticks(double low, double high, int wanted);

/// Powers of ten in [low, high]; with fewer than three of them 2 and 5 times a power too. Empty
/// unless 0 < low < high, both finite.
std::vector<double> log_ticks(double low, double high);

}  // namespace modeseek::report
