#pragma once

#include <string>

#include "modeseek/restore.hpp"

namespace modeseek {

/// H^T (H H^T + lam I)^-1 y. lam is the largest that still explains the measurement to its noise
/// (Morozov's discrepancy principle, |y - H x| = noise sqrt(m)), found by bisection; 0 when noise
/// is 0.
Tensor regularised_pseudo_inverse(const Operator& op, const Tensor& y, float noise);

/// A measurement as a picture of the size of the restored one, to be seen beside it: enlarged pixel
/// by pixel when it is smaller. For a measurement that is no picture, H^T (H H^T)^-1 y.
Image as_seen(const PosedTask& posed, const Image& measurement);

/// What can be had without a prior.
struct Baseline {
  std::string name;  ///< "bicubic" or "pseudo-inverse"
  Image image;
  double psnr = 0;
};

/// The better, by PSNR against the clean picture, of bicubic interpolation (where the measurement
/// is a smaller picture) and the pseudo-inverse regularised by the noise level (on [-1, 1]).
Baseline best_baseline(const PosedTask& posed, const Image& measurement, float noise,
                       const Tensor& clean);

}  // namespace modeseek
