#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoints/checkpoint.hpp"

namespace modeseek::test {

/// Numbers in [-1, 1): splitmix64 of a counter that starts at the FNV-1a hash of the name.
std::vector<double> uniform(const std::string& name, std::int64_t count);

/// A checkpoint with the tensors that a file of tests/data/metrics lists ("name extent extent ..."
/// a line) and weights by formula. make_golden.py gives the reference implementations the same.
checkpoints::Checkpoint formula_checkpoint(const std::string& manifest);

/// Replaces a tensor by zeros of another shape.
void reshape_tensor(checkpoints::Checkpoint& checkpoint, const std::string& name,
                    std::vector<std::int64_t> shape);

}  // namespace modeseek::test
