#include <algorithm>
#include <utility>

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

/// The loops of a modulation between maps of T.
template <class T>
struct Modulation {
  Extent extent;
  Value vector;
  bool silu;

  void forward(const StepData& d) const {
    run(d, [&](std::int64_t at, std::int64_t pixels, const float* gain, const float* shift) {
      map_kernels<T, T>().affine(d.read<T>(0) + at, gain, shift, silu, d.write<T>(0) + at, pixels,
                                 extent.channels);
    });
  }

  void backward(const StepData& d) const {
    // Without an activation nothing was saved, and x is not looked at.
    const T* x = silu ? d.read<T>(1) : d.read<T>(0);
    run(d, [&](std::int64_t at, std::int64_t pixels, const float* gain, const float* shift) {
      map_kernels<T, T>().affine_backward(d.read<T>(0) + at, x + at, gain, shift, silu, gain,
                                          nullptr, nullptr, d.accumulate(0), d.write<T>(0) + at,
                                          pixels, extent.channels);
    });
  }

 private:
  template <class Body>
  void run(const StepData& d, const Body& body) const {
    const std::int64_t channels = extent.channels;
    const float* scale = d.vector(vector).data();
    const float* gain = gains(scale, channels, d.scratch());
    for_chunks(extent.pixels(), chunk_of(channels),
               [&](std::int64_t, std::int64_t first, std::int64_t pixels) {
                 body(first * channels, pixels, gain, scale + channels);
               });
  }
};

/// A function of single numbers; pick(ElementKernels) is its kernel and that of its gradient.
template <class Pick>
StepCode compile_elementwise(const Step& step, const Compilation& c, const Pick& pick) {
  const std::int64_t count = c.result(step).count();
  const bool backward = step.task == Task::backward;
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    const auto [function, gradient] = pick(element_kernels<T>());
    return {0, [=, function = function, gradient = gradient](const StepData& d) {
              for_flat(count, [&](std::int64_t at, std::int64_t numbers) {
                T* y = d.write<T>(0) + at;
                if (backward)
                  gradient(d.read<T>(0) + at, d.read<T>(1) + at, d.accumulate(0), y, numbers);
                else
                  function(d.read<T>(0) + at, y, numbers);
              });
            }};
  });
}

}  // namespace

StepCode compile(const Modulate& modulate, const Step& step, const Compilation& c) {
  const bool backward = step.task == Task::backward;
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    const Modulation<T> code{c.result(step), c.operation(step).inputs[1],
                             modulate.activation == Activation::silu};
    return {static_cast<std::uint64_t>(code.extent.channels) * sizeof(float),
            [=](const StepData& d) { backward ? code.backward(d) : code.forward(d); }};
  });
}

/// The gradient passes through unchanged, which the plan does without a step.
StepCode compile(const AddVector&, const Step& step, const Compilation& c) {
  const Extent extent = c.result(step);
  const Value vector = c.operation(step).inputs[1];
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    const auto run = [=](const StepData& d) {
      const std::int64_t channels = extent.channels;
      float* ones = d.scratch();
      std::fill_n(ones, channels, 1.0F);
      for_chunks(extent.pixels(), chunk_of(channels),
                 [&](std::int64_t, std::int64_t first, std::int64_t pixels) {
                   const std::int64_t at = first * channels;
                   map_kernels<T, T>().affine(d.read<T>(0) + at, ones, d.vector(vector).data(),
                                              false, d.write<T>(0) + at, pixels, channels);
                 });
    };
    return {static_cast<std::uint64_t>(extent.channels) * sizeof(float), run};
  });
}

StepCode compile(const Silu&, const Step& step, const Compilation& c) {
  return compile_elementwise(step, c, [](const auto& k) {
    return std::pair{k.silu, k.silu_backward};
  });
}

StepCode compile(const Relu&, const Step& step, const Compilation& c) {
  return compile_elementwise(step, c, [](const auto& k) {
    return std::pair{k.relu, k.relu_backward};
  });
}

/// The gradient passes through unchanged, which the plan does without a step.
StepCode compile(const Add&, const Step& step, const Compilation& c) {
  const std::int64_t count = c.result(step).count();
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    return {0, [=](const StepData& d) {
              for_flat(count, [&](std::int64_t at, std::int64_t numbers) {
                element_kernels<T>().add(d.read<T>(0) + at, d.read<T>(1) + at, d.write<T>(0) + at,
                                         numbers);
              });
            }};
  });
}

/// Forward and backward are the same product.
StepCode compile(const Scale& scale, const Step& step, const Compilation& c) {
  const std::int64_t count = c.result(step).count();
  const float factor = scale.factor;
  return with_type(c.result_type(step), [&]<class T>(T) -> StepCode {
    return {0, [=](const StepData& d) {
              for_flat(count, [&](std::int64_t at, std::int64_t numbers) {
                element_kernels<T>().scale(d.read<T>(0) + at, factor, d.accumulate(0),
                                           d.write<T>(0) + at, numbers);
              });
            }};
  });
}

}  // namespace modeseek::engine::cpu
