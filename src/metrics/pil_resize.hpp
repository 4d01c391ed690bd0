#pragma once

#include <cstdint>

#include "modeseek/tensor.hpp"

namespace modeseek::metrics {

/// Every channel resized to rows x columns by the cubic of Keys (1981), a = -0.5, stretched over
/// the pixels that a result covers when it shrinks (antialiasing): Pillow's BICUBIC on pictures of
/// mode F, which clean-fid uses (Parmar, Zhang, Zhu, "On Aliased Resizing and Surprising Subtleties
/// in GAN Evaluation", CVPR 2022).
Tensor pil_resize(const Tensor& x, std::int64_t rows, std::int64_t columns);

}  // namespace modeseek::metrics
