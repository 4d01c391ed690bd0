#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modeseek/denoiser.hpp"

namespace modeseek {

/// Numbers that a network computes with. Its last layer and everything outside it are float32 in
/// any case, and so is every sum inside an operation. Where maps are added to each other
/// (residuals, gradients that meet from several uses of a map), bf16 rounds after each addition.
enum class Precision {
  automatic,  ///< bf16 where the processor multiplies bf16 faster than float32, else float32
  bf16,       ///< weights and activations of 8 significant bits (bfloat16)
  float32
};

/// "auto", "bf16", "float32"
std::string to_string(Precision precision);

/// What a user may want to know about a network prior.
struct PriorInfo {
  std::string name;    ///< `natural`, `natural-s`, or the path
  std::string family;  ///< natural, edm, guided-diffusion, diffusers, torchscript
  std::string preconditioning;
  std::int64_t parameters = 0;
  /// Of one denoiser evaluation, at the given or native size; 0 when nobody knows.
  double multiply_adds_per_pixel = 0;
  std::string hash;             ///< 64-bit FNV-1a of the weights file, hexadecimal
  std::int64_t resolution = 0;  ///< rows and columns of the training images; 0: any size is as good
  std::int64_t classes = 0;     ///< of a class-conditional network; 0: unconditional
  std::vector<std::string> notes;  ///< what was assumed where the file leaves it open, a line each
  Precision precision = Precision::float32;  ///< that evaluations use; never automatic
};

/// What the caller may choose where a checkpoint leaves it open.
struct PriorOptions {
  /// Class of a class-conditional network. Without it the unconditional label is used; a network
  /// that has none refuses.
  std::optional<std::int64_t> class_label;
  /// Entries of the checkpoint's configuration to add or replace, by their own names: JSON, or text
  /// that needs no quotes ({"num_heads", "4"}, {"noise_schedule", "cosine"}).
  std::map<std::string, std::string> settings;
  /// bf16 is refused on a processor that cannot compute with it.
  Precision precision = Precision::automatic;
};

/// A prior that came from a file or from the library itself.
struct LoadedPrior {
  std::unique_ptr<Denoiser> denoiser;
  PriorInfo info;
};

/// `natural` (the default prior) or `natural-s`, embedded into the library, the path of a
/// checkpoint, or `torchscript:FILE` in a build with libtorch: such a program runs code from its
/// file, which nothing else here does. Throws InvalidArgument for an unknown name, a class that
/// does not exist or a precision that the processor lacks, FileError for a file that is not a
/// usable checkpoint.
LoadedPrior load_prior(const std::string& name_or_path, const PriorOptions& options = {});

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
