#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace modeseek {

/// Orthonormal Walsh-Hadamard transform in natural (Hadamard) order, in place; its own inverse.
/// The length is a power of two.
void walsh_hadamard(std::span<float> values);

/// An orthonormal mixing of any number of entries: a seeded permutation, every one equally likely,
/// then Walsh-Hadamard transforms of blocks, one a binary digit of the length, the largest first
/// (one block where the length is a power of two). Immutable.
class PermutedHadamard {
 public:
  /// Throws InvalidArgument unless 1 <= length < 2^32.
  PermutedHadamard(std::int64_t length, std::uint64_t seed);

  std::size_t length() const noexcept { return order_.size(); }
  /// The coefficients of `values`; both hold length() entries, apart.
  void forward(std::span<const float> values, std::span<float> coefficients) const;
  /// The inverse, which is the transpose.
  void inverse(std::span<const float> coefficients, std::span<float> values) const;

  /// Every `ratio`-th part of each block, its first coefficients, in ascending order: length() /
  /// ratio in all, the rounding passed on from block to block.
  std::vector<std::uint32_t> leading_coefficients(std::int64_t ratio) const;

 private:
  void transform_blocks(std::span<float> values) const;

  std::vector<std::uint32_t> order_;  ///< entry `order_[i]` goes to place i
  std::vector<std::size_t> blocks_;   ///< their lengths
};

}  // namespace modeseek
