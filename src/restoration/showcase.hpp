#pragma once

#include <string>

#include "modeseek/restore.hpp"

namespace modeseek {

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

/// The part of a clean picture that a result shows: cropped as degrade() crops, then without the
/// margins that the measurement lost. Returned as it is when it has the result's extent already.
/// Throws InvalidArgument when no such crop exists or the channels differ.
Tensor matching_reference(const Tensor& clean, const Task& task, const PosedTask& posed,
                          const ArrayLoader& load = load_array);

}  // namespace modeseek
