#pragma once

#include "operators/task_node.hpp"

namespace modeseek {

/// The extents of task.hpp, on the parsed form. All throw InvalidArgument when there is none.

/// The extent of the measurement of an image.
Shape measured_shape(const Task::Node& node, const Shape& image, const ArrayLoader& load);
/// The extent of the image that was measured.
Shape unmeasured_shape(const Task::Node& node, const Shape& measurement, std::int64_t channels,
                       const ArrayLoader& load);
/// The largest extent not above `image` that the task accepts.
Shape largest_fitting_shape(const Task::Node& node, const Shape& image, const ArrayLoader& load);

}  // namespace modeseek
