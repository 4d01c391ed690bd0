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
/// The first coefficients of an orthonormal Walsh-Hadamard transform after a seeded permutation of
/// the pixels, one in `ratio`, every channel alike: [1,C,1,floor(HW / ratio)]. H H^T = I. An image
/// whose number of pixels is no power of two is transformed in blocks (walsh_hadamard.hpp).
std::unique_ptr<Operator> make_compressed_sensing(const Shape& domain, std::int64_t ratio,
                                                  std::uint64_t seed);
/// The orthonormal centred Fourier transform where `keep` [1,1,H,W] is not 0, zeros elsewhere. A
/// domain with two channels is one complex image, any other that many real ones; a k-space takes
/// two channels (real and imaginary part): [1,2,H,W] or [1,2C,H,W].
std::unique_ptr<Operator> make_single_coil_mri(const Shape& domain, const Tensor& keep);
/// The same of the image seen by each coil, weighted by its sensitivity, `coils` [K,2,H,W]: the
/// k-spaces of an image's K coils follow each other, [1,2K,H,W] or [1,2KC,H,W].
std::unique_ptr<Operator> make_multi_coil_mri(const Shape& domain, const Tensor& keep,
                                              const Tensor& coils);
/// Parallel-beam projections (radon.hpp) at these angles in degrees: [1,C,angles,detectors].
std::unique_ptr<Operator> make_ct(const Shape& domain, const std::vector<double>& angles);
/// A matrix [1,1,M,N] on the flattened image (matrix.hpp).
std::unique_ptr<Operator> make_dense_matrix(const Shape& domain, Tensor matrix);
/// The same of a sparse matrix in coordinate form (matrix_entries.hpp).
std::unique_ptr<Operator> make_sparse_matrix(const Shape& domain, const Tensor& coordinates);
/// Non-linear measurements (non_linear.hpp): see Operator::linearize.

/// min(max(2 x, -1), 1): a sensor that saturates.
std::unique_ptr<Operator> make_hdr(const Shape& domain);
/// v^exponent of the values v on [0, 1], continued along the tangent below 1/256 and above 1.
std::unique_ptr<Operator> make_gamma(const Shape& domain, double exponent);
inline constexpr double kMinGamma = 0.1;
inline constexpr double kMaxGamma = 10.0;
/// Rounds to 2^bits levels from -1 to 1, clipping; the derivative is taken as the identity.
std::unique_ptr<Operator> make_quantise(const Shape& domain, int bits);
inline constexpr int kMaxQuantiseBits = 16;
/// What storing the image as a JPEG file of this libjpeg quality (1 to 100) makes of it (jpeg.cpp);
/// one or three channels.
std::unique_ptr<Operator> make_jpeg(const Shape& domain, int quality);
/// Amplitudes of the orthonormal centred Fourier transform of x + 1 (black is 0, white is 2) in a
/// border of zeros, a quarter of the image wide on each side: [1,C,H + 2 floor(H/4), W + 2
/// floor(W/4)].
std::unique_ptr<Operator> make_phase_retrieval(const Shape& domain);

/// parts[last] ... parts[0]; each part's domain is the previous part's range.
std::unique_ptr<Operator> make_chain(std::vector<std::unique_ptr<Operator>> parts);
/// All parts on the same image, their measurements flattened one behind the other: [1,1,1,total].
std::unique_ptr<Operator> make_stack(std::vector<std::unique_ptr<Operator>> parts);

}  // namespace modeseek
