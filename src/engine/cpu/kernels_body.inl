// The loops of kernels.hpp, compiled once for each instruction set: a variant's source defines
// MODESEEK_ISA, the namespace, and MODESEEK_ISA_NAME, its name for people, and includes this file.
// Nothing from the standard library but macros is used here: an inline function compiled with wide
// instructions could be linked into code that runs without them. `omp simd` states what holds:
// in-place loops have no dependence between elements, and sums may be reordered (the order depends
// on the instruction set only).

#include <cstdint>

#include "engine/cpu/kernels.hpp"

namespace modeseek::engine::cpu::MODESEEK_ISA {
namespace {

using Index = std::int64_t;

/// exp to 2 units in the last place, for |x| clamped to 87 (Cephes expf, without its branches).
inline float exponential(float x) {
  constexpr float log2e = 1.44269504088896341F;
  constexpr float magic = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  x = x > 87.0F ? 87.0F : x;
  x = x < -87.0F ? -87.0F : x;
  const float shifted = x * log2e + magic;
  const float n = shifted - magic;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  const std::uint32_t exponent =
      __builtin_bit_cast(std::uint32_t, shifted) - __builtin_bit_cast(std::uint32_t, magic) + 127U;
  return p * __builtin_bit_cast(float, exponent << 23U);
}

inline float widened(float x) { return x; }

inline float widened(bfloat16 x) {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(x) << 16U);
}

/// The nearest T, ties to even.
template <class T>
inline T rounded(float x);

template <>
inline float rounded<float>(float x) {
  return x;
}

template <>
inline bfloat16 rounded<bfloat16>(float x) {
  const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, x);
  return static_cast<bfloat16>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

inline float sigmoid(float x) { return 1.0F / (1.0F + exponential(-x)); }

inline float silu_of(float x) { return x * sigmoid(x); }

inline float silu_slope(float x) {
  const float s = sigmoid(x);
  return s * (1.0F + x * (1.0F - s));
}

inline float inverse_root(float x) { return 1.0F / __builtin_sqrtf(x); }

template <bool with_silu, class In, class Out>
void affine_rows(const In* x, const float* a, const float* b, Out* y, Index pixels,
                 Index channels) {
  for (Index i = 0; i < pixels; ++i, x += channels, y += channels) {
#pragma omp simd
    for (Index c = 0; c < channels; ++c) {
      const float u = a[c] * widened(x[c]) + b[c];
      y[c] = rounded<Out>(with_silu ? silu_of(u) : u);
    }
  }
}

template <class In, class Out>
void affine(const In* x, const float* a, const float* b, bool silu, Out* y, Index pixels,
            Index channels) {
  (silu ? affine_rows<true, In, Out> : affine_rows<false, In, Out>)(x, a, b, y, pixels, channels);
}

template <bool with_silu, bool with_mean, bool accumulate, class In, class Out>
void affine_backward_rows(const Out* g, const In* x, const float* a, const float* b, const float* p,
                          const float* q, const float* r, In* dx, Index pixels, Index channels) {
  for (Index i = 0; i < pixels; ++i, g += channels, x += channels, dx += channels) {
#pragma omp simd
    for (Index c = 0; c < channels; ++c) {
      float d = p[c] * widened(g[c]);
      if (with_silu) d *= silu_slope(a[c] * widened(x[c]) + b[c]);
      if (with_mean) d += q[c] * widened(x[c]) + r[c];
      dx[c] = rounded<In>(accumulate ? widened(dx[c]) + d : d);
    }
  }
}

template <class In, class Out>
void affine_backward(const Out* g, const In* x, const float* a, const float* b, bool silu,
                     const float* p, const float* q, const float* r, bool accumulate, In* dx,
                     Index pixels, Index channels) {
  const auto pick = [&](auto plain, auto adding) {
    (accumulate ? adding : plain)(g, x, a, b, p, q, r, dx, pixels, channels);
  };
  if (q != nullptr) {
    if (silu)
      pick(affine_backward_rows<true, true, false, In, Out>,
           affine_backward_rows<true, true, true, In, Out>);
    else
      pick(affine_backward_rows<false, true, false, In, Out>,
           affine_backward_rows<false, true, true, In, Out>);
  } else if (silu) {
    pick(affine_backward_rows<true, false, false, In, Out>,
         affine_backward_rows<true, false, true, In, Out>);
  } else {
    pick(affine_backward_rows<false, false, false, In, Out>,
         affine_backward_rows<false, false, true, In, Out>);
  }
}

template <class In>
void moments(const In* x, float* mean, float* deviation, Index pixels, Index channels) {
  for (Index c = 0; c < channels; ++c) mean[c] = deviation[c] = 0.0F;
  for (Index i = 0; i < pixels; ++i) {
    const In* row = x + i * channels;
#pragma omp simd
    for (Index c = 0; c < channels; ++c) mean[c] += widened(row[c]);
  }
  const float share = 1.0F / static_cast<float>(pixels);
  for (Index c = 0; c < channels; ++c) mean[c] *= share;
  for (Index i = 0; i < pixels; ++i) {
    const In* row = x + i * channels;
#pragma omp simd
    for (Index c = 0; c < channels; ++c) {
      const float d = widened(row[c]) - mean[c];
      deviation[c] += d * d;
    }
  }
}

template <bool with_silu, class In, class Out>
void gradient_sums_rows(const Out* g, const In* x, const float* a, const float* b,
                        const float* centre, float* s1, float* s2, Index pixels, Index channels) {
  for (Index c = 0; c < channels; ++c) s1[c] = s2[c] = 0.0F;
  for (Index i = 0; i < pixels; ++i, g += channels, x += channels) {
#pragma omp simd
    for (Index c = 0; c < channels; ++c) {
      const float u = widened(x[c]);
      const float h = with_silu ? widened(g[c]) * silu_slope(a[c] * u + b[c]) : widened(g[c]);
      s1[c] += h;
      s2[c] += h * (u - centre[c]);
    }
  }
}

template <class In, class Out>
void gradient_sums(const Out* g, const In* x, const float* a, const float* b, const float* centre,
                   bool silu, float* s1, float* s2, Index pixels, Index channels) {
  (silu ? gradient_sums_rows<true, In, Out>
        : gradient_sums_rows<false, In, Out>)(g, x, a, b, centre, s1, s2, pixels, channels);
}

template <class In, class Out>
void rms(const In* x, float epsilon, bool silu, Out* y, float* inverse, Index pixels,
         Index channels) {
  for (Index i = 0; i < pixels; ++i, x += channels, y += channels) {
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < channels; ++c) sum += widened(x[c]) * widened(x[c]);
    const float inv = inverse_root(sum / static_cast<float>(channels) + epsilon);
    if (inverse != nullptr) inverse[i] = inv;
    if (silu) {
#pragma omp simd
      for (Index c = 0; c < channels; ++c) y[c] = rounded<Out>(silu_of(inv * widened(x[c])));
    } else {
#pragma omp simd
      for (Index c = 0; c < channels; ++c) y[c] = rounded<Out>(inv * widened(x[c]));
    }
  }
}

/// `saved` is x with silu, the normalised x without.
template <bool with_silu, bool accumulate, class In, class Out, class Kept>
void rms_backward_rows(const Out* g, const Kept* saved, const float* inverse, In* dx, Index pixels,
                       Index channels) {
  for (Index i = 0; i < pixels; ++i, g += channels, saved += channels, dx += channels) {
    const float inv = inverse[i];
    const float to_normal = with_silu ? inv : 1.0F;
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < channels; ++c) {
      const float n = to_normal * widened(saved[c]);
      sum += n * (with_silu ? widened(g[c]) * silu_slope(n) : widened(g[c]));
    }
    const float mean = sum / static_cast<float>(channels);
#pragma omp simd
    for (Index c = 0; c < channels; ++c) {
      const float n = to_normal * widened(saved[c]);
      const float h = with_silu ? widened(g[c]) * silu_slope(n) : widened(g[c]);
      const float d = inv * (h - n * mean);
      dx[c] = rounded<In>(accumulate ? widened(dx[c]) + d : d);
    }
  }
}

template <class In, class Out>
void rms_backward(const Out* g, const Out* n, const float* inverse, bool accumulate, In* dx,
                  Index pixels, Index channels) {
  (accumulate ? rms_backward_rows<false, true, In, Out, Out>
              : rms_backward_rows<false, false, In, Out, Out>)(g, n, inverse, dx, pixels, channels);
}

template <class In, class Out>
void rms_silu_backward(const Out* g, const In* x, const float* inverse, bool accumulate, In* dx,
                       Index pixels, Index channels) {
  (accumulate ? rms_backward_rows<true, true, In, Out, In>
              : rms_backward_rows<true, false, In, Out, In>)(g, x, inverse, dx, pixels, channels);
}

template <class T>
void silu(const T* x, T* y, Index count) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) y[i] = rounded<T>(silu_of(widened(x[i])));
}

template <bool accumulate, class T>
void silu_backward_row(const T* g, const T* x, T* dx, Index count) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) {
    const float d = widened(g[i]) * silu_slope(widened(x[i]));
    dx[i] = rounded<T>(accumulate ? widened(dx[i]) + d : d);
  }
}

template <class T>
void silu_backward(const T* g, const T* x, bool accumulate, T* dx, Index count) {
  (accumulate ? silu_backward_row<true, T> : silu_backward_row<false, T>)(g, x, dx, count);
}

template <class T>
void relu(const T* x, T* y, Index count) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) {
    const float u = widened(x[i]);
    y[i] = rounded<T>(u < 0.0F ? 0.0F : u);
  }
}

template <bool accumulate, class T>
void relu_backward_row(const T* g, const T* y, T* dx, Index count) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) {
    const float d = widened(y[i]) > 0.0F ? widened(g[i]) : 0.0F;
    dx[i] = rounded<T>(accumulate ? widened(dx[i]) + d : d);
  }
}

template <class T>
void relu_backward(const T* g, const T* y, bool accumulate, T* dx, Index count) {
  (accumulate ? relu_backward_row<true, T> : relu_backward_row<false, T>)(g, y, dx, count);
}

template <class T>
void add(const T* a, const T* b, T* y, Index count) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) y[i] = rounded<T>(widened(a[i]) + widened(b[i]));
}

/// y = factor x, or y += factor x
template <bool accumulate, class From, class To>
void scale_row(const From* x, float factor, To* y, Index count) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) {
    const float u = factor * widened(x[i]);
    y[i] = rounded<To>(accumulate ? widened(y[i]) + u : u);
  }
}

template <class T>
void scale(const T* x, float factor, bool accumulate, T* y, Index count) {
  (accumulate ? scale_row<true, T, T> : scale_row<false, T, T>)(x, factor, y, count);
}

template <class T>
void gather(const T* x, float factor, bool accumulate, float* y, Index count) {
  (accumulate ? scale_row<true, T, float> : scale_row<false, T, float>)(x, factor, y, count);
}

template <bool again, class T>
void raise_row(const T* x, float* y, Index count) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) {
    const float u = widened(x[i]);
    y[i] = again && y[i] > u ? y[i] : u;
  }
}

template <class T>
void raise(const T* x, bool again, float* y, Index count) {
  (again ? raise_row<true, T> : raise_row<false, T>)(x, y, count);
}

template <class T>
void gather_where_equal(const T* g, const T* a, const T* b, float* y, Index count) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) y[i] += widened(a[i]) == widened(b[i]) ? widened(g[i]) : 0.0F;
}

template <class T>
void store(const float* x, bool accumulate, T* y, Index count) {
  (accumulate ? scale_row<true, float, T> : scale_row<false, float, T>)(x, 1.0F, y, count);
}

/// max of factor x; by lanes, since a compiler may not reorder comparisons that could see NaN.
float largest(const float* x, float factor, Index count) {
  constexpr Index lanes = 16;
  float top[lanes];
  for (Index l = 0; l < lanes; ++l) top[l] = factor * x[0];
  Index i = 0;
  for (; i + lanes <= count; i += lanes)
    for (Index l = 0; l < lanes; ++l) {
      const float s = factor * x[i + l];
      top[l] = s > top[l] ? s : top[l];
    }
  for (; i < count; ++i) top[0] = factor * x[i] > top[0] ? factor * x[i] : top[0];
  for (Index l = 1; l < lanes; ++l) top[0] = top[l] > top[0] ? top[l] : top[0];
  return top[0];
}

void softmax(float* scores, float factor, Index rows, Index columns) {
  for (Index i = 0; i < rows; ++i, scores += columns) {
    const float top = largest(scores, factor, columns);
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (Index j = 0; j < columns; ++j) {
      scores[j] = exponential(factor * scores[j] - top);
      sum += scores[j];
    }
    scale<float>(scores, 1.0F / sum, false, scores, columns);
  }
}

void softmax_backward(float* g, const float* p, float factor, Index rows, Index columns) {
  for (Index i = 0; i < rows; ++i, g += columns, p += columns) {
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (Index j = 0; j < columns; ++j) sum += g[j] * p[j];
#pragma omp simd
    for (Index j = 0; j < columns; ++j) g[j] = factor * p[j] * (g[j] - sum);
  }
}

void linear(const float* weights, const float* x, const float* b, float* y, Index outputs,
            Index inputs) {
  for (Index o = 0; o < outputs; ++o, weights += inputs) {
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (Index i = 0; i < inputs; ++i) sum += weights[i] * x[i];
    y[o] = b != nullptr ? sum + b[o] : sum;
  }
}

template <class In, class Out>
constexpr MapKernels<In, Out> map_table{affine<In, Out>,
                                        affine_backward<In, Out>,
                                        moments<In>,
                                        gradient_sums<In, Out>,
                                        rms<In, Out>,
                                        rms_backward<In, Out>,
                                        rms_silu_backward<In, Out>};

template <class T>
constexpr ElementKernels<T> element_table{
    silu<T>,  silu_backward<T>, relu<T>,  relu_backward<T>,      add<T>,
    scale<T>, gather<T>,        raise<T>, gather_where_equal<T>, store<T>};

}  // namespace

extern const Kernels table;
const Kernels table{MODESEEK_ISA_NAME,
                    map_table<float, float>,
                    map_table<bfloat16, bfloat16>,
                    map_table<bfloat16, float>,
                    element_table<float>,
                    element_table<bfloat16>,
                    softmax,
                    softmax_backward,
                    linear};

}  // namespace modeseek::engine::cpu::MODESEEK_ISA
