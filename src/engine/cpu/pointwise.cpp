#include <algorithm>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/parallel.hpp"
#include "engine/cpu/step.hpp"

namespace modeseek::engine::cpu {
namespace {

/// 1 + scale for each channel, in scratch.
const float* gains(const float* scale, std::int64_t channels, float* scratch) {
  std::transform(scale, scale + channels, scratch, [](float s) { return 1.0F + s; });
  return scratch;
}

}  // namespace

StepCode compile(const Modulate& modulate, const Step& step, const Compilation& c) {
  const Extent extent = c.result(step);
  const Value vector = c.operation(step).inputs[1];
  const bool silu = modulate.activation == Activation::silu;
  const bool backward = step.task == Task::backward;
  const auto run = [=](const StepData& d) {
    const std::int64_t channels = extent.channels;
    const float* scale = d.vector(vector).data();
    const float* shift = scale + channels;
    const float* gain = gains(scale, channels, d.scratch());
    for_chunks(
        extent.pixels(), chunk_of(channels),
        [&](std::int64_t, std::int64_t first, std::int64_t pixels) {
          const std::int64_t at = first * channels;
          if (!backward) {
            kernels().affine(d.read(0) + at, gain, shift, silu, d.write(0) + at, pixels, channels);
            return;
          }
          // Without an activation nothing was saved, and x is not looked at.
          const float* x = silu ? d.read(1) : d.read(0);
          kernels().affine_backward(d.read(0) + at, x + at, gain, shift, silu, gain, nullptr,
                                    nullptr, d.accumulate(0), d.write(0) + at, pixels, channels);
        });
  };
  return {static_cast<std::uint64_t>(extent.channels) * sizeof(float), run};
}

/// The gradient passes through unchanged, which the plan does without a step.
StepCode compile(const AddVector&, const Step& step, const Compilation& c) {
  const Extent extent = c.result(step);
  const Value vector = c.operation(step).inputs[1];
  const auto run = [=](const StepData& d) {
    const std::int64_t channels = extent.channels;
    float* ones = d.scratch();
    std::fill_n(ones, channels, 1.0F);
    for_chunks(extent.pixels(), chunk_of(channels),
               [&](std::int64_t, std::int64_t first, std::int64_t pixels) {
                 kernels().affine(d.read(0) + first * channels, ones, d.vector(vector).data(),
                                  false, d.write(0) + first * channels, pixels, channels);
               });
  };
  return {static_cast<std::uint64_t>(extent.channels) * sizeof(float), run};
}

StepCode compile(const Silu&, const Step& step, const Compilation& c) {
  const std::int64_t count = c.result(step).count();
  if (step.task == Task::forward)
    return {0, [=](const StepData& d) {
              for_flat(count, [&](std::int64_t at, std::int64_t floats) {
                kernels().silu(d.read(0) + at, d.write(0) + at, floats);
              });
            }};
  return {0, [=](const StepData& d) {
            for_flat(count, [&](std::int64_t at, std::int64_t floats) {
              kernels().silu_backward(d.read(0) + at, d.read(1) + at, d.accumulate(0),
                                      d.write(0) + at, floats);
            });
          }};
}

/// The gradient passes through unchanged, which the plan does without a step.
StepCode compile(const Add&, const Step& step, const Compilation& c) {
  const std::int64_t count = c.result(step).count();
  return {0, [=](const StepData& d) {
            for_flat(count, [&](std::int64_t at, std::int64_t floats) {
              kernels().add(d.read(0) + at, d.read(1) + at, d.write(0) + at, floats);
            });
          }};
}

/// Forward and backward are the same product.
StepCode compile(const Scale& scale, const Step& step, const Compilation& c) {
  const std::int64_t count = c.result(step).count();
  const float factor = scale.factor;
  return {0, [=](const StepData& d) {
            for_flat(count, [&](std::int64_t at, std::int64_t floats) {
              kernels().scale(d.read(0) + at, factor, d.accumulate(0), d.write(0) + at, floats);
            });
          }};
}

}  // namespace modeseek::engine::cpu
