#pragma once

#include <optional>

#include "bench/tables.hpp"
#include "report/chart.hpp"

namespace modeseek::bench {

/// The first metric against the cost (network evaluations, a VJP counted twice), a panel for each
/// task and noise level, a point for each solver: means over the pictures that all of them
/// restored. What costs nothing is a dashed line.
report::Chart cost_chart(const Results& results, std::size_t prior);

/// The first metric against the noise level, a panel a task, a line a solver. Nothing when there is
/// one level only.
std::optional<report::Chart> noise_chart(const Results& results, std::size_t prior);

}  // namespace modeseek::bench
