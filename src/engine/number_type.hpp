#pragma once

#include <cstdint>
#include <type_traits>

namespace modeseek::engine {

/// bfloat16 as it lies in memory: the upper half of a float32.
enum class bfloat16 : std::uint16_t {};

/// What a feature map's numbers are stored as.
enum class NumberType { float32, bfloat16 };

template <class T>
constexpr NumberType number_type_of =
    std::is_same_v<T, float> ? NumberType::float32 : NumberType::bfloat16;

constexpr std::uint64_t bytes_of(NumberType type) {
  return type == NumberType::float32 ? sizeof(float) : sizeof(bfloat16);
}

}  // namespace modeseek::engine
