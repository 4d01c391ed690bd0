#include "operators/fourier.hpp"

#include <cmath>
#include <new>
#include <numbers>
#include <string>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

constexpr std::int64_t kMaxLength = std::int64_t{1} << 26;
constexpr std::int64_t kLargestDirectPrime = 13;

std::int64_t largest_prime_factor(std::int64_t n) {
  std::int64_t largest = 1;
  for (std::int64_t p = 2; p * p <= n; ++p) {
    for (; n % p == 0; n /= p) largest = p;
  }
  return n > 1 ? n : largest;
}

void run(kiss_fft_state* plan, const Fft::Complex* in, Fft::Complex* out) {
  // std::complex<float> is two floats, real part first ([complex.numbers]).
  kiss_fft(plan, reinterpret_cast<const kiss_fft_cpx*>(in), reinterpret_cast<kiss_fft_cpx*>(out));
}

}  // namespace

Fft::Plan Fft::make_plan(std::int64_t length, bool inverse) {
  Plan plan(kiss_fft_alloc(static_cast<int>(length), inverse ? 1 : 0, nullptr, nullptr));
  if (!plan) throw std::bad_alloc();
  return plan;
}

std::int64_t Fft::fast_length(std::int64_t n) {
  if (n < 1 || n > kMaxLength) {
    throw InvalidArgument("Fourier transform of length " + std::to_string(n) + ", expected 1 to " +
                          std::to_string(kMaxLength));
  }
  return kiss_fft_next_fast_size(static_cast<int>(n));
}

Fft::Fft(std::int64_t length) : length_(length) {
  fast_length(length);
  const bool direct = largest_prime_factor(length) <= kLargestDirectPrime;
  if (!direct) inner_length_ = fast_length(2 * length - 1);
  forward_ = make_plan(direct ? length : inner_length_, false);
  inverse_ = make_plan(direct ? length : inner_length_, true);
  if (!direct) prepare_bluestein();
}

void Fft::prepare_bluestein() {
  const auto n = static_cast<std::size_t>(length_);
  const auto m = static_cast<std::size_t>(inner_length_);
  chirp_.resize(n);
  std::vector<Complex> kernel(m);
  for (std::size_t j = 0; j < n; ++j) {
    // j^2 modulo 2n keeps the angle small, hence exact.
    const double angle =
        std::numbers::pi * static_cast<double>(j * j % (2 * n)) / static_cast<double>(n);
    chirp_[j] = Complex(std::polar(1.0, -angle));
    kernel[j] = std::conj(chirp_[j]);
    if (j > 0) kernel[m - j] = kernel[j];
  }
  chirp_spectrum_.resize(m);
  run(forward_.get(), kernel.data(), chirp_spectrum_.data());
  const float scale = 1.0F / static_cast<float>(m);
  for (Complex& value : chirp_spectrum_) value *= scale;
}

void Fft::bluestein(const Complex* in, Complex* out) const {
  const auto n = static_cast<std::size_t>(length_);
  std::vector<Complex> signal(static_cast<std::size_t>(inner_length_));
  std::vector<Complex> spectrum(signal.size());
  for (std::size_t j = 0; j < n; ++j) signal[j] = product(in[j], chirp_[j]);
  run(forward_.get(), signal.data(), spectrum.data());
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    spectrum[k] = product(spectrum[k], chirp_spectrum_[k]);
  }
  run(inverse_.get(), spectrum.data(), signal.data());
  for (std::size_t j = 0; j < n; ++j) out[j] = product(signal[j], chirp_[j]);
}

void Fft::forward(const Complex* in, Complex* out) const {
  if (inner_length_ == 0) {
    run(forward_.get(), in, out);
  } else {
    bluestein(in, out);
  }
}

void Fft::inverse(const Complex* in, Complex* out) const {
  if (inner_length_ == 0) {
    run(inverse_.get(), in, out);
    return;
  }
  // conj(F(conj(v))) is the transform with the opposite sign.
  std::vector<Complex> conjugate(in, in + length_);
  for (Complex& value : conjugate) value = std::conj(value);
  bluestein(conjugate.data(), out);
  for (std::int64_t k = 0; k < length_; ++k) out[k] = std::conj(out[k]);
}

}  // namespace modeseek
