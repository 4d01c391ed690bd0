#include "operators/task_shape.hpp"

#include <algorithm>
#include <string>

#include "modeseek/error.hpp"
#include "operators/factor.hpp"
#include "operators/measurement_files.hpp"
#include "operators/patterns.hpp"
#include "operators/radon.hpp"

namespace modeseek {
namespace {

/// What a blur takes off each axis: kernel size - 1 for `valid`, nothing otherwise.
Extent margin(const BlurTask& task, const ArrayLoader& load) {
  if (task.boundary != Boundary::valid) return {0, 0};
  const Extent kernel = kernel_extent(task.kernel, load);
  return {kernel.h - 1, kernel.w - 1};
}

Extent margin(const ReduceTask& task, const ArrayLoader& load) {
  const auto* blur = std::get_if<BlurTask>(&task.filter);
  return blur == nullptr ? Extent{0, 0} : margin(*blur, load);
}

Shape without_margin(const Shape& image, const Extent& margin) {
  if (image.h <= margin.h || image.w <= margin.w) {
    throw InvalidArgument("the blur kernel (" + std::to_string(margin.h + 1) + "x" +
                          std::to_string(margin.w + 1) + ") is larger than the image (" +
                          std::to_string(image.h) + "x" + std::to_string(image.w) + ")");
  }
  return {1, image.c, image.h - margin.h, image.w - margin.w};
}

Shape without_border(const Shape& shape, const Extent& border) {
  return {1, shape.c, shape.h - border.h, shape.w - border.w};
}

Shape with_margin(const Shape& shape, const Extent& margin) {
  return {1, shape.c, shape.h + margin.h, shape.w + margin.w};
}

Shape multiple(const Shape& shape, std::int64_t factor) {
  const Shape fitting{1, shape.c, shape.h / factor * factor, shape.w / factor * factor};
  if (fitting.h < 1 || fitting.w < 1) {
    throw InvalidArgument("super-resolution by " + std::to_string(factor) + " needs at least " +
                          std::to_string(factor) + "x" + std::to_string(factor) +
                          " pixels, the image is " + std::to_string(shape.h) + "x" +
                          std::to_string(shape.w));
  }
  return fitting;
}

std::int64_t kspace_channels(const MriTask& task, std::int64_t channels, const ArrayLoader& load) {
  return 2 * coil_count(task, load) * (channels == 2 ? 1 : channels);
}

Shape sensed_shape(const SensingTask& task, const Shape& image) {
  if (image.plane() < task.ratio) {
    throw InvalidArgument("compressed sensing by " + std::to_string(task.ratio) +
                          " of an image of " + std::to_string(image.plane()) + " pixels");
  }
  return {1, image.c, 1, image.plane() / task.ratio};
}

Shape projected_shape(const CtTask& task, const Shape& image, const ArrayLoader& load) {
  const auto angles = static_cast<std::int64_t>(projection_angles(task, load).size());
  return {1, image.c, angles, Radon::detectors(image.h, image.w)};
}

std::int64_t measured_channels(const Task::Node& node, std::int64_t channels,
                               const ArrayLoader& load) {
  return std::visit(Overload{[&](const ChainTask& t) {
                               std::int64_t count = channels;
                               for (const auto& part : t.parts)
                                 count = measured_channels(*part, count, load);
                               return count;
                             },
                             [](const ColouriseTask&) { return std::int64_t{1}; },
                             [&](const MriTask& t) { return kspace_channels(t, channels, load); },
                             [](const StackTask&) { return std::int64_t{1}; },
                             [&](const auto&) { return channels; }},
                    node.value);
}

Shape checked(const Shape& shape) {
  const Shape single = shape.with_samples(1);
  if (single.c < 1 || single.h < 1 || single.w < 1) {
    throw InvalidArgument("an empty image " + to_string(single));
  }
  single.count();
  return single;
}

void require_channels(const Shape& measurement, std::int64_t channels) {
  if (measurement.c == channels) return;
  throw InvalidArgument("the measurement has " + std::to_string(measurement.c) +
                        " channels, that of an image with " + std::to_string(channels) +
                        " is expected");
}

/// What a measurement is called that does not tell the image's size; empty for the others.
std::string sizeless_measurement(const Task::Node& node) {
  return std::visit(
      Overload{[](const SensingTask&) { return std::string("compressed sensing"); },
               [](const CtTask&) { return std::string("projections"); },
               [](const MatrixTask&) { return std::string("a matrix's measurement"); },
               [](const StackTask&) { return std::string("a stacked measurement"); },
               [](const auto&) { return std::string(); }},
      node.value);
}

Shape unmeasured_chain(const ChainTask& task, const Shape& measurement, std::int64_t channels,
                       const ArrayLoader& load) {
  std::vector<std::int64_t> before{channels};
  for (const auto& part : task.parts) {
    before.push_back(measured_channels(*part, before.back(), load));
  }
  Shape shape = measurement;
  for (std::size_t i = task.parts.size(); i > 0; --i) {
    shape = unmeasured_shape(*task.parts[i - 1], shape, before[i - 1], load);
  }
  return shape;
}

/// Every part takes an extent back into the image it came from, hence the last part's wish decides,
/// and what it gives up is given up by all parts before it.
Shape fitting_chain(const ChainTask& task, const Shape& image, const ArrayLoader& load) {
  Shape shape = image;
  std::vector<std::int64_t> before;
  std::vector<Shape> inputs;
  for (const auto& part : task.parts) {
    before.push_back(shape.c);
    shape = largest_fitting_shape(*part, shape, load);
    inputs.push_back(shape);
    shape = measured_shape(*part, shape, load);
  }
  Shape fitting = inputs.back();
  for (std::size_t i = task.parts.size() - 1; i > 0; --i) {
    fitting = unmeasured_shape(*task.parts[i - 1], fitting, before[i - 1], load);
  }
  return fitting;
}

Shape fitting_stack(const StackTask& task, const Shape& image, const ArrayLoader& load) {
  Shape shape = image;
  for (Shape previous{}; previous != shape;) {
    previous = shape;
    for (const auto& part : task.parts) shape = largest_fitting_shape(*part, shape, load);
  }
  return shape;
}

}  // namespace

Shape measured_shape(const Task::Node& node, const Shape& image, const ArrayLoader& load) {
  const Shape shape = checked(image);
  return std::visit(
      Overload{[&](const BlurTask& t) { return without_margin(shape, margin(t, load)); },
               [&](const ReduceTask& t) {
                 return reduced_shape(without_margin(shape, margin(t, load)), t.factor);
               },
               [&](const ColouriseTask&) {
                 return Shape{1, 1, shape.h, shape.w};
               },
               [&](const SensingTask& t) { return sensed_shape(t, shape); },
               [&](const MriTask& t) {
                 return Shape{1, kspace_channels(t, shape.c, load), shape.h, shape.w};
               },
               [&](const CtTask& t) { return projected_shape(t, shape, load); },
               [&](const MatrixTask& t) { return matrix_measurement(t, shape, load); },
               [&](const ChainTask& t) {
                 Shape current = shape;
                 for (const auto& part : t.parts) current = measured_shape(*part, current, load);
                 return current;
               },
               [&](const StackTask& t) {
                 Shape total{1, 1, 1, 0};
                 for (const auto& part : t.parts) {
                   total.w += measured_shape(*part, shape, load).count();
                 }
                 return checked(total);
               },
               [&](const PhaseRetrievalTask&) {
                 return with_margin(shape, {2 * (shape.h / 4), 2 * (shape.w / 4)});
               },
               [&](const auto&) { return shape; }},
      node.value);
}

Shape unmeasured_shape(const Task::Node& node, const Shape& measurement, std::int64_t channels,
                       const ArrayLoader& load) {
  const Shape shape = checked(measurement);
  if (const std::string kind = sizeless_measurement(node); !kind.empty()) {
    throw InvalidArgument("the size of the image cannot be told from " + kind);
  }
  require_channels(shape, measured_channels(node, channels, load));
  const Shape image = std::visit(
      Overload{[&](const BlurTask& t) { return with_margin(shape, margin(t, load)); },
               [&](const ReduceTask& t) {
                 return with_margin({1, shape.c, shape.h * t.factor, shape.w * t.factor},
                                    margin(t, load));
               },
               [&](const PhaseRetrievalTask&) {
                 // From h + 2 floor(h / 4); no extent gives one of 4 or 5 modulo 6.
                 return without_border(shape, {2 * (shape.h / 6), 2 * (shape.w / 6)});
               },
               [&](const ChainTask& t) { return unmeasured_chain(t, shape, channels, load); },
               [&](const auto&) {
                 return Shape{1, channels, shape.h, shape.w};
               }},
      node.value);
  return checked(image);
}

Shape largest_fitting_shape(const Task::Node& node, const Shape& image, const ArrayLoader& load) {
  const Shape shape = checked(image);
  return std::visit(Overload{[&](const BlurTask& t) {
                               without_margin(shape, margin(t, load));
                               return shape;
                             },
                             [&](const ReduceTask& t) {
                               const Extent rim = margin(t, load);
                               return with_margin(multiple(without_margin(shape, rim), t.factor),
                                                  rim);
                             },
                             [&](const ChainTask& t) { return fitting_chain(t, shape, load); },
                             [&](const StackTask& t) { return fitting_stack(t, shape, load); },
                             [&](const auto&) { return shape; }},
                    node.value);
}

}  // namespace modeseek
