#pragma once

#include <cstdint>

namespace modeseek::engine::cpu {

/// Element-wise and reduction loops over channels-last rows: `pixels` rows of `channels` floats.
/// One instruction-set variant each; the caller splits work over threads. Result and input may be
/// the same memory, never partly overlapping. `accumulate` adds to the result. `silu` applies
/// u -> u sigmoid(u) to the outcome (forward) or its derivative (backward).
struct Kernels {
  const char* name;

  /// y = act(a[c] x + b[c])
  void (*affine)(const float* x, const float* a, const float* b, bool silu, float* y,
                 std::int64_t pixels, std::int64_t channels);

  /// dx = p[c] act'(a[c] x + b[c]) g + q[c] x + r[c]; q and r null: zero
  void (*affine_backward)(const float* g, const float* x, const float* a, const float* b, bool silu,
                          const float* p, const float* q, const float* r, bool accumulate,
                          float* dx, std::int64_t pixels, std::int64_t channels);

  /// Per channel: mean over the pixels and sum of squared deviations from it.
  void (*moments)(const float* x, float* mean, float* deviation, std::int64_t pixels,
                  std::int64_t channels);

  /// Per channel: s1 = sum of h, s2 = sum of h (x - centre[c]), h = act'(a[c] x + b[c]) g
  void (*gradient_sums)(const float* g, const float* x, const float* a, const float* b,
                        const float* centre, bool silu, float* s1, float* s2, std::int64_t pixels,
                        std::int64_t channels);

  /// y = act(x inv), inv = 1/sqrt(mean_c x^2 + epsilon); `inverse` (one a pixel) may be null
  void (*rms)(const float* x, float epsilon, bool silu, float* y, float* inverse,
              std::int64_t pixels, std::int64_t channels);

  /// Gradient of rms from its normalised result n: without silu, saved = n; with it, saved = x.
  void (*rms_backward)(const float* g, const float* saved, const float* inverse, bool silu,
                       bool accumulate, float* dx, std::int64_t pixels, std::int64_t channels);

  /// y = x sigmoid(x) and its gradient
  void (*silu)(const float* x, float* y, std::int64_t count);
  void (*silu_backward)(const float* g, const float* x, bool accumulate, float* dx,
                        std::int64_t count);

  /// y = a + b
  void (*add)(const float* a, const float* b, float* y, std::int64_t count);
  /// y = factor x, or y += factor x
  void (*scale)(const float* x, float factor, bool accumulate, float* y, std::int64_t count);

  /// Softmax of `scale` times each row, in place.
  void (*softmax)(float* scores, float scale, std::int64_t rows, std::int64_t columns);
  /// In place in `g`: scale p (g - sum_row(g p)), the gradient of `softmax` with result p.
  void (*softmax_backward)(float* g, const float* p, float scale, std::int64_t rows,
                           std::int64_t columns);

  /// W x + b; b may be null
  void (*linear)(const float* weights, const float* x, const float* b, float* y,
                 std::int64_t outputs, std::int64_t inputs);
};

/// The fastest variant that this processor runs.
const Kernels& kernels();

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
