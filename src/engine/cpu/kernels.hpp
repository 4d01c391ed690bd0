#pragma once

#include <cstdint>

#include "engine/number_type.hpp"

namespace modeseek::engine::cpu {

/// Loops over channels-last rows that read maps of `In` and make maps of `Out`: `pixels` rows of
/// `channels` numbers. Sums and everything between are float32. Result and input may be the same
/// memory, never partly overlapping. `accumulate` adds to the result. `silu` applies
/// u -> u sigmoid(u) to the outcome (forward) or its derivative (backward).
template <class In, class Out>
struct MapKernels {
  /// y = act(a[c] x + b[c])
  void (*affine)(const In* x, const float* a, const float* b, bool silu, Out* y,
                 std::int64_t pixels, std::int64_t channels);

  /// dx = p[c] act'(a[c] x + b[c]) g + q[c] x + r[c]; q and r null: zero
  void (*affine_backward)(const Out* g, const In* x, const float* a, const float* b, bool silu,
                          const float* p, const float* q, const float* r, bool accumulate, In* dx,
                          std::int64_t pixels, std::int64_t channels);

  /// Per channel: mean over the pixels and sum of squared deviations from it.
  void (*moments)(const In* x, float* mean, float* deviation, std::int64_t pixels,
                  std::int64_t channels);

  /// Per channel: s1 = sum of h, s2 = sum of h (x - centre[c]), h = act'(a[c] x + b[c]) g
  void (*gradient_sums)(const Out* g, const In* x, const float* a, const float* b,
                        const float* centre, bool silu, float* s1, float* s2, std::int64_t pixels,
                        std::int64_t channels);

  /// y = act(x inv), inv = 1/sqrt(mean_c x^2 + epsilon); `inverse` (one a pixel) may be null
  void (*rms)(const In* x, float epsilon, bool silu, Out* y, float* inverse, std::int64_t pixels,
              std::int64_t channels);

  /// Gradient of rms without an activation, from its result n.
  void (*rms_backward)(const Out* g, const Out* n, const float* inverse, bool accumulate, In* dx,
                       std::int64_t pixels, std::int64_t channels);

  /// Gradient of rms followed by silu, from its input x.
  void (*rms_silu_backward)(const Out* g, const In* x, const float* inverse, bool accumulate,
                            In* dx, std::int64_t pixels, std::int64_t channels);
};

/// Element-wise loops over numbers of one type.
template <class T>
struct ElementKernels {
  /// y = x sigmoid(x) and its gradient
  void (*silu)(const T* x, T* y, std::int64_t count);
  void (*silu_backward)(const T* g, const T* x, bool accumulate, T* dx, std::int64_t count);

  /// y = max(x, 0) and its gradient, from its result y
  void (*relu)(const T* x, T* y, std::int64_t count);
  void (*relu_backward)(const T* g, const T* y, bool accumulate, T* dx, std::int64_t count);

  /// y = a + b
  void (*add)(const T* a, const T* b, T* y, std::int64_t count);
  /// y = factor x, or y += factor x
  void (*scale)(const T* x, float factor, bool accumulate, T* y, std::int64_t count);
  /// y = factor x, or y += factor x, in float32: for sums that are rounded once, at their end
  void (*gather)(const T* x, float factor, bool accumulate, float* y, std::int64_t count);
  /// y = x, or y = max(x, y), in float32
  void (*raise)(const T* x, bool again, float* y, std::int64_t count);
  /// y += g where a and b are equal, in float32
  void (*gather_where_equal)(const T* g, const T* a, const T* b, float* y, std::int64_t count);
  /// y = x, or y += x
  void (*store)(const float* x, bool accumulate, T* y, std::int64_t count);
};

/// All loops, compiled for one instruction set.
struct Kernels {
  const char* name;

  MapKernels<float, float> float_maps;
  MapKernels<bfloat16, bfloat16> bfloat_maps;
  MapKernels<bfloat16, float> widening_maps;
  ElementKernels<float> floats;
  ElementKernels<bfloat16> bfloats;

  /// Softmax of `scale` times each row, in place.
  void (*softmax)(float* scores, float scale, std::int64_t rows, std::int64_t columns);
  /// In place in `g`: scale p (g - sum_row(g p)), the gradient of `softmax` with result p.
  void (*softmax_backward)(float* g, const float* p, float scale, std::int64_t rows,
                           std::int64_t columns);

  /// W x + b; b may be null
  void (*linear)(const float* weights, const float* x, const float* b, float* y,
                 std::int64_t outputs, std::int64_t inputs);
};

/// The fastest variant that this processor runs, within the instruction set that oneDNN is told to
/// keep to (ONEDNN_MAX_CPU_ISA).
const Kernels& kernels();

template <class In, class Out>
const MapKernels<In, Out>& map_kernels();
template <>
inline const MapKernels<float, float>& map_kernels() {
  return kernels().float_maps;
}
template <>
inline const MapKernels<bfloat16, bfloat16>& map_kernels() {
  return kernels().bfloat_maps;
}
template <>
inline const MapKernels<bfloat16, float>& map_kernels() {
  return kernels().widening_maps;
}

template <class T>
const ElementKernels<T>& element_kernels();
template <>
inline const ElementKernels<float>& element_kernels() {
  return kernels().floats;
}
template <>
inline const ElementKernels<bfloat16>& element_kernels() {
  return kernels().bfloats;
}

namespace baseline {
extern const Kernels table;
}
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}

}  // namespace modeseek::engine::cpu
