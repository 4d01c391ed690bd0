#pragma once

#include <optional>
#include <string>

#include "metrics/convert_weights.hpp"
#include "metrics/formula_weights.hpp"

namespace modeseek::test {

/// Writes a metric's weights by formula as `path`; `manifest` as in formula_checkpoint.
inline void write_metric_weights(const std::string& path, const std::string& manifest) {
  metrics::convert_weights(formula_checkpoint(manifest), path, std::nullopt);
}

}  // namespace modeseek::test
