#pragma once

#include <array>

#include "modeseek/tensor.hpp"

namespace modeseek {

/// Peak signal-to-noise ratio in dB, peak 1 on the [0, 1] scale; a and b are in [-1, 1], equal
/// shapes, all samples and channels pooled. Infinite for equal inputs. Nothing is clipped or
/// rounded.
double psnr(const Tensor& a, const Tensor& b);

/// Structural similarity (Wang et al. 2004): Gaussian window 11, sigma 1.5, K1 = 0.01, K2 = 0.03,
/// data range 1 on [0, 1], population covariances, mean over the pixels whose window lies inside,
/// over channels and samples (scikit-image with gaussian_weights=True,
/// use_sample_covariance=False). Images smaller than the window use the largest odd window that
/// fits.
double ssim(const Tensor& a, const Tensor& b);

/// Calibration of a posterior standard deviation: the shares of the values of `truth` that lie
/// within 1, 2 and 3 `deviation`s of `x`; 0.683, 0.954 and 0.997 for a Gaussian posterior. Equal
/// shapes; deviations are not negative, and where one is 0 only the exact value counts.
std::array<double, 3> coverage(const Tensor& x, const Tensor& deviation, const Tensor& truth);

/// Standard deviation of the white noise in a measurement [1,C,H,W], on the scale of `y`. Entries
/// where `known` (empty, or the shape of y) is 0 are ignored. 0 for images too small to tell.
/// Source: see src/metrics/noise_level.cpp.
double estimate_noise(const Tensor& y, const Tensor& known = {});

}  // namespace modeseek
