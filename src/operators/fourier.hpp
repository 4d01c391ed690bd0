#pragma once

#include <kiss_fft.h>

#include <complex>
#include <cstdint>
#include <memory>
#include <vector>

namespace modeseek {

/// a b without the checks for infinities that operator* makes, which cost more than the product.
inline std::complex<float> product(std::complex<float> a, std::complex<float> b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// Discrete Fourier transform of one length, single precision, unnormalised both ways. Lengths
/// whose prime factors are small go to KISS FFT directly; for the others, where its cost is
/// quadratic, the transform becomes a convolution (Bluestein, 1970). Immutable: any number of
/// threads may share it.
class Fft {
 public:
  using Complex = std::complex<float>;

  /// Throws InvalidArgument unless 1 <= length <= 2^26.
  explicit Fft(std::int64_t length);

  std::int64_t length() const noexcept { return length_; }
  /// out[k] = sum_j in[j] exp(-2 pi i j k / n); in and out hold `length` elements, apart.
  void forward(const Complex* in, Complex* out) const;
  /// out[j] = sum_k in[k] exp(+2 pi i j k / n).
  void inverse(const Complex* in, Complex* out) const;

  /// The smallest length >= n with no prime factor above 5.
  static std::int64_t fast_length(std::int64_t n);

 private:
  struct Free {
    void operator()(kiss_fft_state* state) const { kiss_fft_free(state); }
  };
  using Plan = std::unique_ptr<kiss_fft_state, Free>;

  static Plan make_plan(std::int64_t length, bool inverse);
  void prepare_bluestein();
  void bluestein(const Complex* in, Complex* out) const;

  std::int64_t length_;
  std::int64_t inner_length_ = 0;  ///< of the convolution; 0 for a direct transform
  Plan forward_;
  Plan inverse_;
  std::vector<Complex> chirp_;           ///< exp(-pi i j^2 / n)
  std::vector<Complex> chirp_spectrum_;  ///< transform of the conjugate chirp, over inner length
};

}  // namespace modeseek
