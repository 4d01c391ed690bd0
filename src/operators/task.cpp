#include "modeseek/task.hpp"

#include <utility>

#include "modeseek/error.hpp"
#include "operators/measurement_files.hpp"
#include "operators/patterns.hpp"
#include "operators/task_node.hpp"
#include "operators/task_parser.hpp"
#include "operators/task_shape.hpp"

namespace modeseek {
namespace {

using OperatorPointer = std::unique_ptr<Operator>;

OperatorPointer build_node(const Task::Node& node, const Shape& image, const ArrayLoader& load);

OperatorPointer build_reduction(const ReduceTask& task, const Shape& image,
                                const ArrayLoader& load) {
  return std::visit(
      Overload{[&](const MeanReduction&) { return make_block_mean(image, task.factor); },
               [&](const BicubicReduction&) { return make_bicubic(image, task.factor); },
               [&](const BlurTask& blur) {
                 Kernel kernel = make_kernel(blur.kernel, load);
                 if (blur.boundary == Boundary::circular) {
                   return make_circular_reduction(image, kernel, task.factor);
                 }
                 std::vector<OperatorPointer> parts;
                 parts.push_back(make_blur(image, std::move(kernel), blur.boundary));
                 parts.push_back(make_decimation(parts.back()->range(), task.factor));
                 return make_chain(std::move(parts));
               }},
      task.filter);
}

OperatorPointer build_chain(const ChainTask& task, const Shape& image, const ArrayLoader& load) {
  std::vector<OperatorPointer> parts;
  for (const auto& part : task.parts) {
    parts.push_back(build_node(*part, parts.empty() ? image : parts.back()->range(), load));
  }
  return make_chain(std::move(parts));
}

OperatorPointer build_stack(const StackTask& task, const Shape& image, const ArrayLoader& load) {
  std::vector<OperatorPointer> parts;
  for (const auto& part : task.parts) parts.push_back(build_node(*part, image, load));
  return make_stack(std::move(parts));
}

OperatorPointer build_node(const Task::Node& node, const Shape& image, const ArrayLoader& load) {
  return std::visit(
      Overload{
          [&](const DenoiseTask&) { return make_identity(image); },
          [&](const InpaintTask& t) {
            return make_mask(image, mask_entries(t, image.h, image.w, load));
          },
          [&](const ReduceTask& t) { return build_reduction(t, image, load); },
          [&](const BlurTask& t) {
            return make_blur(image, make_kernel(t.kernel, load), t.boundary);
          },
          [&](const ColouriseTask& t) { return make_colour_mix(image, t.weights); },
          [&](const SensingTask& t) { return make_compressed_sensing(image, t.ratio, t.seed); },
          [&](const MriTask& t) { return make_mri(t, image, load); },
          [&](const CtTask& t) { return make_ct(image, projection_angles(t, load)); },
          [&](const MatrixTask& t) { return make_matrix(t, image, load); },
          [&](const HdrTask&) { return make_hdr(image); },
          [&](const PhaseRetrievalTask&) { return make_phase_retrieval(image); },
          [&](const QuantiseTask& t) { return make_quantise(image, t.bits); },
          [&](const JpegTask& t) { return make_jpeg(image, t.quality); },
          [&](const GammaTask& t) { return make_gamma(image, t.exponent); },
          [&](const ChainTask& t) { return build_chain(t, image, load); },
          [&](const StackTask& t) { return build_stack(t, image, load); }},
      node.value);
}

}  // namespace

Task Task::parse(std::string_view text) {
  Task task(parse_task(text));
  // Presets and quotes may lengthen a text: what is recorded must be readable again.
  if (task.text().size() > kMaxTaskLength) {
    throw ParseError("...", 0, "the task's full text would be too long");
  }
  return task;
}

std::string Task::text() const { return task_text(*root_); }

std::unique_ptr<Operator> Task::build(const Shape& image, const ArrayLoader& load) const {
  measured_shape(*root_, image, load);
  return build_node(*root_, image.with_samples(1), load);
}

Shape Task::image_shape(const Shape& measurement, std::int64_t channels,
                        const ArrayLoader& load) const {
  return unmeasured_shape(*root_, measurement, channels, load);
}

Shape Task::fitting_shape(const Shape& image, const ArrayLoader& load) const {
  return largest_fitting_shape(*root_, image, load);
}

}  // namespace modeseek
