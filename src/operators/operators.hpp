#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "modeseek/operator.hpp"
#include "modeseek/tensor.hpp"
#include "operators/kernel.hpp"

namespace modeseek {

/// What lies beyond the border of an image that is blurred.
enum class Boundary {
  reflect,   ///< mirror image, edge pixel repeated (... b a | a b c ...)
  circular,  ///< the image repeats
  zero,      ///< zeros, mid-grey on [-1, 1]
  valid      ///< nothing: the measurement is smaller, [h - kh + 1, w - kw + 1]
};

/// Every factory takes the shape of the unknown (n ignored) and throws InvalidArgument when it does
/// not fit.

/// H = I.
std::unique_ptr<Operator> make_identity(const Shape& domain);
/// Entries where `keep` [1,1,H,W] is not 0 are measured, the others are 0; all channels alike.
std::unique_ptr<Operator> make_mask(const Shape& domain, const Tensor& keep);
/// Means of factor x factor blocks. H H^T = I / factor^2.
std::unique_ptr<Operator> make_block_mean(const Shape& domain, std::int64_t factor);
/// Antialiased cubic reduction (Keys, 1981, a = -0.5), separable: output i of an axis is the sum
/// over the 4 factor inputs around its centre of cubic((j + 1/2)/factor - i - 1/2), normalised;
/// mirrored border. The interior equals MATLAB's imresize and Pillow's BICUBIC to rounding.
std::unique_ptr<Operator> make_bicubic(const Shape& domain, std::int64_t factor);
/// Convolution with `kernel`, all channels alike.
std::unique_ptr<Operator> make_blur(const Shape& domain, Kernel kernel, Boundary boundary);
/// Keeps rows and columns 0, factor, 2 factor, ... H H^T = I.
std::unique_ptr<Operator> make_decimation(const Shape& domain, std::int64_t factor);
/// Circular blur, then decimation, with a closed form by frequency folding.
std::unique_ptr<Operator> make_circular_reduction(const Shape& domain, const Kernel& kernel,
                                                  std::int64_t factor);
/// y = w^T rgb, pixel by pixel; the domain has three channels. H H^T = |w|^2 I.
std::unique_ptr<Operator> make_colour_mix(const Shape& domain,
                                          const std::array<double, 3>& weights);
/// parts[last] ... parts[0]; each part's domain is the previous part's range.
std::unique_ptr<Operator> make_chain(std::vector<std::unique_ptr<Operator>> parts);
/// All parts on the same image, their measurements flattened one behind the other: [1,1,1,total].
std::unique_ptr<Operator> make_stack(std::vector<std::unique_ptr<Operator>> parts);

}  // namespace modeseek
