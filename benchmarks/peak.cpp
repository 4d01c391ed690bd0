#include "peak.hpp"

#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <utility>
#include <vector>

#include "core/threads.hpp"

namespace modeseek::benchmarks {
namespace {

/// As wide as the registers of the machine that this file is built on: sums of wider vectors would
/// not stay in registers.
#if defined(__AVX512F__)
constexpr std::int64_t lanes = 16;
#elif defined(__AVX__)
constexpr std::int64_t lanes = 8;
#else
constexpr std::int64_t lanes = 4;
#endif
using Lanes [[gnu::vector_size(lanes * sizeof(float))]] = float;
constexpr std::int64_t chains = 12;  ///< independent sums: latency times throughput, and a margin
constexpr std::int64_t rounds = 10000000;

template <std::size_t... chain>
float multiply_adds(std::index_sequence<chain...>) {
  std::array<Lanes, chains> sums{(Lanes{} + static_cast<float>(chain))...};  // all different
  const Lanes factor = Lanes{} + 0.999F;
  const Lanes term = Lanes{} + 0.0015F;  // no chain starts where it would stay
  // Spelt out, so that every sum stays in a register of its own.
  for (std::int64_t i = 0; i < rounds; ++i) ((sums[chain] = sums[chain] * factor + term), ...);
  const Lanes sum = (sums[chain] + ...);
  float result = 0;  // of every lane: what nobody reads need not be computed
  for (std::int64_t lane = 0; lane < lanes; ++lane) result += sum[lane];
  return result;
}

#ifdef __AVX512BF16__
/// One instruction multiplies and adds 32 pairs.
constexpr std::int64_t pairs = 32;

template <std::size_t... chain>
float dot_products(std::index_sequence<chain...>) {
  __m512 sums[] = {(_mm512_set1_ps(static_cast<float>(chain)))...};
  const auto factor = (__m512bh)_mm512_set1_epi16(0x3C00);  // 0.0078
  for (std::int64_t i = 0; i < rounds; ++i)
    ((sums[chain] = _mm512_dpbf16_ps(sums[chain], factor, factor)), ...);
  return (sums[chain][0] + ...);
}
#endif

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Operations a second of the fastest thread. `work` does so many operations and returns a positive
/// number. Each thread has its own clock: that of the process lags behind threads that are running.
template <class Work>
double measure(double operations, const Work& work) {
  double best = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    std::vector<double> speeds(static_cast<std::size_t>(threads()));
    parallel_for(threads(), [&](std::int64_t i) {
      const double begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
      const float result = work();
      const double seconds = seconds_of(CLOCK_THREAD_CPUTIME_ID) - begin;
      speeds[static_cast<std::size_t>(i)] = result > 0 ? operations / seconds : 0;
    });
    best = std::max(best, *std::max_element(speeds.begin(), speeds.end()));
  }
  return best;
}

}  // namespace

double ProcessorClock::now() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

double peak_float32() {
  static const double peak = measure(static_cast<double>(2 * lanes * chains * rounds), [] {
    return multiply_adds(std::make_index_sequence<chains>());
  });
  return peak;
}

double peak_bfloat16() {
#ifdef __AVX512BF16__
  static const double peak = measure(static_cast<double>(2 * pairs * chains * rounds), [] {
    return dot_products(std::make_index_sequence<chains>());
  });
  return peak;
#else
  return 0;
#endif
}

}  // namespace modeseek::benchmarks
