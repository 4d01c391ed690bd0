#pragma once

#include <vector>

#include "modeseek/task.hpp"
#include "operators/task_node.hpp"

namespace modeseek {

/// What the tasks of computed tomography, magnetic resonance and user matrices mean for an image of
/// one size. All throw InvalidArgument when a file's content does not fit, FileError for the file
/// itself.

/// The sampled frequencies of a centred k-space, [1,1,h,w] of 0 and 1.
Tensor kspace_mask(const MriTask& task, std::int64_t h, std::int64_t w, const ArrayLoader& load);

/// Receiving coils: 1 without a file of sensitivities.
std::int64_t coil_count(const MriTask& task, const ArrayLoader& load);

std::unique_ptr<Operator> make_mri(const MriTask& task, const Shape& domain,
                                   const ArrayLoader& load);

/// Angles in degrees.
std::vector<double> projection_angles(const CtTask& task, const ArrayLoader& load);

std::unique_ptr<Operator> make_matrix(const MatrixTask& task, const Shape& domain,
                                      const ArrayLoader& load);

/// The measurement's shape, without building the operator.
Shape matrix_measurement(const MatrixTask& task, const Shape& domain, const ArrayLoader& load);

}  // namespace modeseek
