#pragma once

#include <cstdint>

#include "modeseek/tensor.hpp"

namespace modeseek {

enum class Interpolation { nearest, linear, cubic };

/// Every channel resampled to rows x columns, pixel centres aligned, border pixels repeated, no
/// antialiasing. Cubic is Keys (1981), a = -0.5, what image viewers call bicubic.
/// Throws InvalidArgument for an empty image or extent.
Tensor resample(const Tensor& x, std::int64_t rows, std::int64_t columns, Interpolation method);

/// The window of `rows` x `columns` whose upper left pixel is (top, left). Throws InvalidArgument
/// when it does not lie inside.
Tensor crop(const Tensor& x, std::int64_t top, std::int64_t left, std::int64_t rows,
            std::int64_t columns);

/// Mean over the channels, [N,1,H,W].
Tensor channel_mean(const Tensor& x);

/// `channels` copies of the only channel.
Tensor repeat_channel(const Tensor& x, std::int64_t channels);

}  // namespace modeseek
