#pragma once

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

/// Standard deviation of the white noise in a measurement [1,C,H,W], on the scale of `y`. Entries
/// where `known` (empty, or the shape of y) is 0 are ignored. 0 for images too small to tell.
/// Source: see src/metrics/noise_level.cpp.
double estimate_noise(const Tensor& y, const Tensor& known = {});

}  // namespace modeseek
