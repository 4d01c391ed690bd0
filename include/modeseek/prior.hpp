#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modeseek/denoiser.hpp"

namespace modeseek {

/// What a user may want to know about a network prior.
struct PriorInfo {
  std::string name;    ///< `natural`, or the path
  std::string family;  ///< natural, edm, guided-diffusion, diffusers
  std::string preconditioning;
  std::int64_t parameters = 0;
  double multiply_adds_per_pixel = 0;  ///< of one denoiser evaluation, at the given or native size
  std::string hash;                    ///< 64-bit FNV-1a of the weights file, hexadecimal
};

/// A prior that came from a file or from the library itself.
struct LoadedPrior {
  std::unique_ptr<Denoiser> denoiser;
  PriorInfo info;
};

/// `natural` (the default prior, embedded into the library) or the path of a checkpoint. Throws
/// InvalidArgument for an unknown name, FileError for a file that is not a usable checkpoint.
LoadedPrior load_prior(const std::string& name_or_path);

/// Names that need no file.
std::vector<std::string> builtin_priors();

/// Gaussian prior N(mean, covariance) on vectors of dimension d = mean.size(), as an exact denoiser
/// of tensors with c * h * w = d. `covariance` is row-major d x d, symmetric positive
/// semi-definite.
std::unique_ptr<Denoiser> make_gaussian_prior(std::vector<double> mean,
                                              std::vector<double> covariance);

/// One component of a Gaussian mixture with isotropic covariance variance * I.
struct MixtureComponent {
  double weight = 1;
  std::vector<double> mean;
  double variance = 1;
};

/// Gaussian mixture prior as an exact denoiser; weights are normalised.
std::unique_ptr<Denoiser> make_mixture_prior(std::vector<MixtureComponent> components);

}  // namespace modeseek
