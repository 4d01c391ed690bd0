#pragma once

#include <cstdint>
#include <vector>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// Rows and columns that a blur kernel may have.
inline constexpr std::int64_t kMaxKernelSize = 1025;

/// A convolution kernel: (k * x)(i, j) = sum_{a,b} k(a, b) x(i + anchor_y - a, j + anchor_x - b).
struct Kernel {
  std::int64_t h = 0;
  std::int64_t w = 0;
  std::int64_t anchor_y = 0;
  std::int64_t anchor_x = 0;
  std::vector<double> values;  ///< row-major

  double operator()(std::int64_t a, std::int64_t b) const {
    return values[static_cast<std::size_t>(a * w + b)];
  }
};

/// Throws InvalidArgument unless `size` is odd and 1 to kMaxKernelSize.
void require_kernel_size(std::int64_t size);

/// Divides by the sum and sets the anchor to the centre (h / 2, w / 2: for an even size the tap
/// after the middle). Throws InvalidArgument for a size outside 1 to kMaxKernelSize, a value that
/// is not finite, or a sum that is zero or negative; `name` starts the message.
Kernel normalised_kernel(std::int64_t h, std::int64_t w, std::vector<double> values,
                         const char* name);

/// exp(-y^2 / 2 std_y^2 - x^2 / 2 std_x^2) on size x size taps. `size` is odd, the deviations are
/// positive, in pixels.
Kernel gaussian_kernel(std::int64_t size, double std_y, double std_x);
/// size x size equal taps; `size` odd.
Kernel uniform_kernel(std::int64_t size);
/// Disk of the given radius in pixels (out of focus blur), each tap the covered share of its pixel.
Kernel disk_kernel(double radius);
/// Camera shake: a seeded random path of unit speed, drawn into size x size taps. `intensity` in
/// [0, 1] is how strongly the direction changes: 0 a straight line, 1 a tangle.
Kernel motion_kernel(std::int64_t size, double intensity, std::uint64_t seed);
/// A kernel read from a file, [1,C,H,W]; channels are averaged.
Kernel kernel_from_array(const Tensor& array);

/// The same convolution for signals of period (rows, columns): taps farther out are wrapped.
Kernel wrapped_kernel(const Kernel& kernel, std::int64_t rows, std::int64_t columns);

/// The kernel without the taps farther than `rows`, `columns` from the anchor.
Kernel cropped_kernel(const Kernel& kernel, std::int64_t rows, std::int64_t columns);

/// True when k(-y, x) = k(y, x) = k(y, -x) around the anchor, to rounding.
bool is_symmetric(const Kernel& kernel);

}  // namespace modeseek
