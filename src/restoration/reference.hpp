#pragma once

#include "modeseek/restore.hpp"

namespace modeseek {

/// The part of a clean picture that a result shows: cropped as degrade() crops, then without the
/// margins that the measurement lost. Returned as it is when it has the result's extent already.
/// Throws InvalidArgument when no such crop exists or the channels differ.
Tensor matching_reference(const Tensor& clean, const Task& task, const PosedTask& posed,
                          const ArrayLoader& load = load_array);

}  // namespace modeseek
