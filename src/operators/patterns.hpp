#pragma once

#include "modeseek/task.hpp"
#include "operators/task_node.hpp"

namespace modeseek {

/// The entries that a mask keeps, [1,1,h,w] of 0 and 1, for images of h x w. Throws InvalidArgument
/// when the mask does not fit, FileError for its file.
Tensor mask_entries(const InpaintTask& task, std::int64_t h, std::int64_t w,
                    const ArrayLoader& load);

/// The normalised kernel that a pattern describes.
Kernel make_kernel(const KernelPattern& pattern, const ArrayLoader& load);

/// Rows and columns of that kernel; reads only the file, if it is one.
Extent kernel_extent(const KernelPattern& pattern, const ArrayLoader& load);

}  // namespace modeseek
