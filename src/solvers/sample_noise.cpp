#include "solvers/sample_noise.hpp"

#include "modeseek/random.hpp"

namespace modeseek {
namespace {

/// Far from the small stream numbers that make masks and measurement noise: the same seed there
/// must not give the same numbers here.
std::uint64_t stream(SampleNoise::Purpose purpose, std::uint64_t index) {
  constexpr std::uint64_t kSolvers = std::uint64_t{0x564D} << 48;
  return kSolvers + (static_cast<std::uint64_t>(purpose) << 40) + index;
}

}  // namespace

SampleNoise::SampleNoise(const RunOptions& run, std::int64_t samples) : seeds_(run.sample_seeds) {
  if (seeds_.empty()) seeds_.assign(static_cast<std::size_t>(samples), run.seed);
}

Tensor SampleNoise::normal(const Shape& shape, Purpose purpose, std::uint64_t index) const {
  Tensor result(shape);
  for (std::int64_t n = 0; n < shape.n; ++n) {
    Random(seeds_[static_cast<std::size_t>(n)], stream(purpose, index))
        .fill_normal(result.sample(n));
  }
  return result;
}

Tensor SampleNoise::signs(const Shape& shape, Purpose purpose, std::uint64_t index) const {
  Tensor result(shape);
  for (std::int64_t n = 0; n < shape.n; ++n) {
    Random random(seeds_[static_cast<std::size_t>(n)], stream(purpose, index));
    for (float& value : result.sample(n)) value = (random.next_bits() >> 31) != 0 ? 1.0F : -1.0F;
  }
  return result;
}

}  // namespace modeseek
