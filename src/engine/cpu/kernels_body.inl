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

inline float sigmoid(float x) { return 1.0F / (1.0F + exponential(-x)); }

inline float silu_of(float x) { return x * sigmoid(x); }

inline float silu_slope(float x) {
  const float s = sigmoid(x);
  return s * (1.0F + x * (1.0F - s));
}

inline float inverse_root(float x) { return 1.0F / __builtin_sqrtf(x); }

template <bool with_silu>
void affine_rows(const float* x, const float* a, const float* b, float* y, Index pixels,
                 Index channels) {
  for (Index i = 0; i < pixels; ++i, x += channels, y += channels) {
#pragma omp simd
    for (Index c = 0; c < channels; ++c) {
      const float u = a[c] * x[c] + b[c];
      y[c] = with_silu ? silu_of(u) : u;
    }
  }
}

void affine(const float* x, const float* a, const float* b, bool silu, float* y, Index pixels,
            Index channels) {
  (silu ? affine_rows<true> : affine_rows<false>)(x, a, b, y, pixels, channels);
}

template <bool with_silu, bool with_mean, bool accumulate>
void affine_backward_rows(const float* g, const float* x, const float* a, const float* b,
                          const float* p, const float* q, const float* r, float* dx, Index pixels,
                          Index channels) {
  for (Index i = 0; i < pixels; ++i, g += channels, x += channels, dx += channels) {
#pragma omp simd
    for (Index c = 0; c < channels; ++c) {
      float d = p[c] * g[c];
      if (with_silu) d *= silu_slope(a[c] * x[c] + b[c]);
      if (with_mean) d += q[c] * x[c] + r[c];
      dx[c] = accumulate ? dx[c] + d : d;
    }
  }
}

void affine_backward(const float* g, const float* x, const float* a, const float* b, bool silu,
                     const float* p, const float* q, const float* r, bool accumulate, float* dx,
                     Index pixels, Index channels) {
  const auto pick = [&](auto plain, auto adding) {
    (accumulate ? adding : plain)(g, x, a, b, p, q, r, dx, pixels, channels);
  };
  if (q != nullptr) {
    if (silu)
      pick(affine_backward_rows<true, true, false>, affine_backward_rows<true, true, true>);
    else
      pick(affine_backward_rows<false, true, false>, affine_backward_rows<false, true, true>);
  } else if (silu) {
    pick(affine_backward_rows<true, false, false>, affine_backward_rows<true, false, true>);
  } else {
    pick(affine_backward_rows<false, false, false>, affine_backward_rows<false, false, true>);
  }
}

void moments(const float* x, float* mean, float* deviation, Index pixels, Index channels) {
  for (Index c = 0; c < channels; ++c) mean[c] = deviation[c] = 0.0F;
  for (Index i = 0; i < pixels; ++i) {
    const float* row = x + i * channels;
#pragma omp simd
    for (Index c = 0; c < channels; ++c) mean[c] += row[c];
  }
  const float share = 1.0F / static_cast<float>(pixels);
  for (Index c = 0; c < channels; ++c) mean[c] *= share;
  for (Index i = 0; i < pixels; ++i) {
    const float* row = x + i * channels;
#pragma omp simd
    for (Index c = 0; c < channels; ++c) {
      const float d = row[c] - mean[c];
      deviation[c] += d * d;
    }
  }
}

template <bool with_silu>
void gradient_sums_rows(const float* g, const float* x, const float* a, const float* b,
                        const float* centre, float* s1, float* s2, Index pixels, Index channels) {
  for (Index c = 0; c < channels; ++c) s1[c] = s2[c] = 0.0F;
  for (Index i = 0; i < pixels; ++i, g += channels, x += channels) {
#pragma omp simd
    for (Index c = 0; c < channels; ++c) {
      const float h = with_silu ? g[c] * silu_slope(a[c] * x[c] + b[c]) : g[c];
      s1[c] += h;
      s2[c] += h * (x[c] - centre[c]);
    }
  }
}

void gradient_sums(const float* g, const float* x, const float* a, const float* b,
                   const float* centre, bool silu, float* s1, float* s2, Index pixels,
                   Index channels) {
  (silu ? gradient_sums_rows<true> : gradient_sums_rows<false>)(g, x, a, b, centre, s1, s2, pixels,
                                                                channels);
}

void rms(const float* x, float epsilon, bool silu, float* y, float* inverse, Index pixels,
         Index channels) {
  for (Index i = 0; i < pixels; ++i, x += channels, y += channels) {
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < channels; ++c) sum += x[c] * x[c];
    const float inv = inverse_root(sum / static_cast<float>(channels) + epsilon);
    if (inverse != nullptr) inverse[i] = inv;
    if (silu) {
#pragma omp simd
      for (Index c = 0; c < channels; ++c) y[c] = silu_of(inv * x[c]);
    } else {
#pragma omp simd
      for (Index c = 0; c < channels; ++c) y[c] = inv * x[c];
    }
  }
}

template <bool with_silu, bool accumulate>
void rms_backward_rows(const float* g, const float* saved, const float* inverse, float* dx,
                       Index pixels, Index channels) {
  for (Index i = 0; i < pixels; ++i, g += channels, saved += channels, dx += channels) {
    const float inv = inverse[i];
    const float to_normal = with_silu ? inv : 1.0F;
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (Index c = 0; c < channels; ++c) {
      const float n = to_normal * saved[c];
      sum += n * (with_silu ? g[c] * silu_slope(n) : g[c]);
    }
    const float mean = sum / static_cast<float>(channels);
#pragma omp simd
    for (Index c = 0; c < channels; ++c) {
      const float n = to_normal * saved[c];
      const float h = with_silu ? g[c] * silu_slope(n) : g[c];
      const float d = inv * (h - n * mean);
      dx[c] = accumulate ? dx[c] + d : d;
    }
  }
}

void rms_backward(const float* g, const float* saved, const float* inverse, bool silu,
                  bool accumulate, float* dx, Index pixels, Index channels) {
  const auto run =
      silu ? (accumulate ? rms_backward_rows<true, true> : rms_backward_rows<true, false>)
           : (accumulate ? rms_backward_rows<false, true> : rms_backward_rows<false, false>);
  run(g, saved, inverse, dx, pixels, channels);
}

void silu(const float* x, float* y, Index count) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) y[i] = silu_of(x[i]);
}

void silu_backward(const float* g, const float* x, bool accumulate, float* dx, Index count) {
  if (accumulate) {
#pragma omp simd
    for (Index i = 0; i < count; ++i) dx[i] += g[i] * silu_slope(x[i]);
  } else {
#pragma omp simd
    for (Index i = 0; i < count; ++i) dx[i] = g[i] * silu_slope(x[i]);
  }
}

void add(const float* a, const float* b, float* y, Index count) {
#pragma omp simd
  for (Index i = 0; i < count; ++i) y[i] = a[i] + b[i];
}

void scale(const float* x, float factor, bool accumulate, float* y, Index count) {
  if (accumulate) {
#pragma omp simd
    for (Index i = 0; i < count; ++i) y[i] += factor * x[i];
  } else {
#pragma omp simd
    for (Index i = 0; i < count; ++i) y[i] = factor * x[i];
  }
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
    scale(scores, 1.0F / sum, false, scores, columns);
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

}  // namespace

extern const Kernels table;
const Kernels table{MODESEEK_ISA_NAME, affine, affine_backward, moments, gradient_sums, rms,
                    rms_backward,      silu,   silu_backward,   add,     scale,         softmax,
                    softmax_backward,  linear};

}  // namespace modeseek::engine::cpu::MODESEEK_ISA
