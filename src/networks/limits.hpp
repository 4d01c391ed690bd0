#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "networks/network.hpp"

namespace modeseek::networks {

/// Bounds on what a configuration may ask for, far above any published network: they keep products
/// of two or three values within 64 bits and lists short before a tensor confirms the numbers.
namespace limits {
inline constexpr std::int64_t resolution = 1 << 16;
inline constexpr std::int64_t image_channels = 1024;
inline constexpr std::int64_t channels = 1 << 16;
inline constexpr std::int64_t classes = 1 << 20;
inline constexpr std::int64_t blocks = 64;
inline constexpr std::size_t levels = 12;
inline constexpr std::int64_t timesteps = 1 << 20;
}  // namespace limits

/// `label` when it is one of `classes` classes. Throws InvalidArgument otherwise, also when the
/// network has no classes.
std::optional<std::int64_t> checked_label(std::optional<std::int64_t> label, std::int64_t classes);

/// As checked_label, for a network without an unconditional label: none is InvalidArgument too,
/// unless the network is only examined.
std::int64_t required_label(const NetworkOptions& options, std::int64_t classes);

}  // namespace modeseek::networks
