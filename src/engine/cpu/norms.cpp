#include <cmath>
#include <vector>

#include "engine/cpu/kernels.hpp"
#include "engine/cpu/parallel.hpp"
#include "engine/cpu/step.hpp"

namespace modeseek::engine::cpu {
namespace {

/// Pixels whose moments are taken in float32 before they join the double sums: few enough for
/// accuracy, and a chunk stays in cache for its second pass.
constexpr std::int64_t chunk_floats = 8192;

/// Group normalisation of one shape. Written for one pass over the map for the statistics and one
/// for the result: with the statistics known it is a x + b with a and b per channel, backward
/// p h + q x + r with h the gradient before the activation.
template <class In, class Out>
class GroupNormCode {
 public:
  GroupNormCode(const GroupNorm& norm, const Extent& extent, Value scale_shift)
      : norm_(&norm),
        scale_shift_(scale_shift),
        channels_(extent.channels),
        pixels_(extent.pixels()),
        group_(channels_ / norm.groups),
        chunk_(chunk_of(channels_, chunk_floats)),
        silu_(norm.activation == Activation::silu) {}

  /// Two sums a channel and chunk, then five coefficients a channel and two numbers a group.
  std::uint64_t scratch_bytes() const {
    const std::int64_t sums = 2 * channels_ * chunks(pixels_, chunk_);
    return static_cast<std::uint64_t>(sums + 5 * channels_ + 2 * norm_->groups) * sizeof(float);
  }

  void forward(const StepData& d) const {
    float* sums = d.scratch();
    const Coefficients k = coefficients(sums);
    float* statistics = d.step.statistics >= 0 ? d.statistics() : k.statistics;
    for_chunks(pixels_, chunk_, [&](std::int64_t i, std::int64_t first, std::int64_t count) {
      float* mean = sums + 2 * i * channels_;
      loops().moments(d.template read<In>(0) + first * channels_, mean, mean + channels_, count,
                      channels_);
    });
    set_statistics(sums, statistics);
    set_affine(d, statistics, k);
    for_chunks(pixels_, chunk_, [&](std::int64_t, std::int64_t first, std::int64_t count) {
      const std::int64_t at = first * channels_;
      loops().affine(d.template read<In>(0) + at, k.a, k.b, silu_, d.template write<Out>(0) + at,
                     count, channels_);
    });
  }

  void backward(const StepData& d) const {
    float* sums = d.scratch();
    const Coefficients k = coefficients(sums);
    const float* statistics = d.statistics();
    set_affine(d, statistics, k);
    const Out* g = d.template read<Out>(0);
    const In* x = d.template read<In>(1);
    for_chunks(pixels_, chunk_, [&](std::int64_t i, std::int64_t first, std::int64_t count) {
      float* s1 = sums + 2 * i * channels_;
      loops().gradient_sums(g + first * channels_, x + first * channels_, k.a, k.b, k.centre, silu_,
                            s1, s1 + channels_, count, channels_);
    });
    set_gradient(sums, statistics, k);
    for_chunks(pixels_, chunk_, [&](std::int64_t, std::int64_t first, std::int64_t count) {
      const std::int64_t at = first * channels_;
      loops().affine_backward(g + at, x + at, k.a, k.b, silu_, k.a, k.q, k.r, d.accumulate(0),
                              d.template write<In>(0) + at, count, channels_);
    });
  }

 private:
  static const MapKernels<In, Out>& loops() { return map_kernels<In, Out>(); }

  struct Coefficients {
    float* a;
    float* b;
    float* centre;
    float* q;
    float* r;
    float* statistics;
  };

  Coefficients coefficients(float* scratch) const {
    float* a = scratch + 2 * channels_ * chunks(pixels_, chunk_);
    return {a,
            a + channels_,
            a + 2 * channels_,
            a + 3 * channels_,
            a + 4 * channels_,
            a + 5 * channels_};
  }

  /// Mean and 1/std of each group from the chunks' moments (Chan, Golub, LeVeque 1983).
  void set_statistics(const float* sums, float* statistics) const {
    for (std::int64_t group = 0; group < norm_->groups; ++group) {
      double count = 0;
      double mean = 0;
      double deviation = 0;
      for (std::int64_t i = 0; i < chunks(pixels_, chunk_); ++i) {
        const auto n = static_cast<double>(std::min(chunk_, pixels_ - i * chunk_));
        for (std::int64_t c = group * group_; c < (group + 1) * group_; ++c) {
          const double delta = static_cast<double>(sums[2 * i * channels_ + c]) - mean;
          const double total = count + n;
          mean += delta * n / total;
          deviation += static_cast<double>(sums[(2 * i + 1) * channels_ + c]) +
                       delta * delta * count * n / total;
          count = total;
        }
      }
      statistics[2 * group] = static_cast<float>(mean);
      statistics[2 * group + 1] = static_cast<float>(
          1.0 / std::sqrt(deviation / count + static_cast<double>(norm_->epsilon)));
    }
  }

  /// act(a x + b) is the normalised, scaled and shifted value.
  void set_affine(const StepData& d, const float* statistics, const Coefficients& k) const {
    const float* modulation = scale_shift_.valid() ? d.vector(scale_shift_).data() : nullptr;
    for (std::int64_t c = 0; c < channels_; ++c) {
      const auto i = static_cast<std::size_t>(c);
      const float mean = statistics[2 * (c / group_)];
      const float gamma = norm_->gamma.empty() ? 1.0F : norm_->gamma[i];
      const float beta = norm_->beta.empty() ? 0.0F : norm_->beta[i];
      const float gain = modulation != nullptr ? 1.0F + modulation[c] : 1.0F;
      const float shift = modulation != nullptr ? modulation[channels_ + c] : 0.0F;
      k.a[c] = gain * gamma * statistics[2 * (c / group_) + 1];
      k.b[c] = gain * beta + shift - k.a[c] * mean;
      k.centre[c] = mean;
    }
  }

  /// dx = a h - mean(a h) - (x - mean) inv^2 mean(a h (x - mean)), means over the group.
  void set_gradient(const float* sums, const float* statistics, const Coefficients& k) const {
    const auto elements = static_cast<double>(group_ * pixels_);
    for (std::int64_t group = 0; group < norm_->groups; ++group) {
      double s1 = 0;
      double s2 = 0;
      for (std::int64_t i = 0; i < chunks(pixels_, chunk_); ++i)
        for (std::int64_t c = group * group_; c < (group + 1) * group_; ++c) {
          s1 += static_cast<double>(k.a[c]) * static_cast<double>(sums[2 * i * channels_ + c]);
          s2 +=
              static_cast<double>(k.a[c]) * static_cast<double>(sums[(2 * i + 1) * channels_ + c]);
        }
      const auto mean = static_cast<double>(statistics[2 * group]);
      const auto inverse = static_cast<double>(statistics[2 * group + 1]);
      const double q = -inverse * inverse * s2 / elements;
      for (std::int64_t c = group * group_; c < (group + 1) * group_; ++c) {
        k.q[c] = static_cast<float>(q);
        k.r[c] = static_cast<float>(-s1 / elements - q * mean);
      }
    }
  }

  const GroupNorm* norm_;
  Value scale_shift_;
  std::int64_t channels_;
  std::int64_t pixels_;
  std::int64_t group_;  ///< channels of a group
  std::int64_t chunk_;  ///< pixels of a chunk
  bool silu_;
};

/// RMS normalisation of one shape.
template <class In, class Out>
struct RmsNormCode {
  float epsilon;
  bool silu;
  std::int64_t channels;
  std::int64_t pixels;

  void forward(const StepData& d) const {
    float* inverse = d.statistics();
    for_rows([&](std::int64_t first, std::int64_t count) {
      map_kernels<In, Out>().rms(d.read<In>(0) + first * channels, epsilon, silu,
                                 d.write<Out>(0) + first * channels,
                                 inverse == nullptr ? nullptr : inverse + first, count, channels);
    });
  }

  void backward(const StepData& d) const {
    for_rows([&](std::int64_t first, std::int64_t count) {
      const std::int64_t at = first * channels;
      const Out* g = d.read<Out>(0) + at;
      const float* inverse = d.statistics() + first;
      In* dx = d.write<In>(0) + at;
      if (silu)
        map_kernels<In, Out>().rms_silu_backward(g, d.read<In>(1) + at, inverse, d.accumulate(0),
                                                 dx, count, channels);
      else
        map_kernels<In, Out>().rms_backward(g, d.read<Out>(1) + at, inverse, d.accumulate(0), dx,
                                            count, channels);
    });
  }

 private:
  template <class Body>
  void for_rows(const Body& body) const {
    for_chunks(pixels, chunk_of(channels),
               [&](std::int64_t, std::int64_t first, std::int64_t count) { body(first, count); });
  }
};

}  // namespace

StepCode compile(const GroupNorm& norm, const Step& step, const Compilation& c) {
  const std::vector<Value>& inputs = c.operation(step).inputs;
  const bool backward = step.task == Task::backward;
  return with_types(c.input_type(step), c.result_type(step),
                    [&]<class In, class Out>(In, Out) -> StepCode {
                      const GroupNormCode<In, Out> code(norm, c.result(step),
                                                        inputs.size() == 2 ? inputs[1] : Value{});
                      return {code.scratch_bytes(), [code, backward](const StepData& d) {
                                backward ? code.backward(d) : code.forward(d);
                              }};
                    });
}

StepCode compile(const RmsNorm& norm, const Step& step, const Compilation& c) {
  const bool backward = step.task == Task::backward;
  return with_types(
      c.input_type(step), c.result_type(step), [&]<class In, class Out>(In, Out) -> StepCode {
        const RmsNormCode<In, Out> code{norm.epsilon, norm.activation == Activation::silu,
                                        c.result(step).channels, c.result(step).pixels()};
        return {0, [code, backward](const StepData& d) {
                  backward ? code.backward(d) : code.forward(d);
                }};
      });
}

}  // namespace modeseek::engine::cpu
