#pragma once

#include <string>

#include "modeseek/denoiser.hpp"

namespace modeseek::priors {

/// Largest deviation of any element from a reference, in units of the reference's root mean square;
/// the worst sample counts.
struct GoldenErrors {
  double denoised = 0;  ///< of D(x, sigma) - x
  double vjp = 0;       ///< of J^T v
};

/// Compares a denoiser with golden vectors: a safetensors file with x [B,C,H,W], sigma [B],
/// v [B,C,H,W] and, from another implementation, denoised = D(x, sigma) and vjp = J^T v. Throws
/// FileError when the file does not hold these.
GoldenErrors compare_with_golden(Denoiser& denoiser, const std::string& path);

}  // namespace modeseek::priors
