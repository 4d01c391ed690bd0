#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "modeseek/denoiser.hpp"
#include "modeseek/prior.hpp"

namespace modeseek::torch_priors {

/// What must be known of a TorchScript program besides its code.
struct ProgramSettings {
  std::int64_t channels = 3;
  /// {rows, columns} when the program accepts one size only.
  std::optional<std::pair<std::int64_t, std::int64_t>> fixed_size;
  std::int64_t size_multiple = 1;
  NoiseRange noise_range;
  std::string device = "cpu";      ///< cpu, cuda or cuda:N
  std::vector<std::string> notes;  ///< what was assumed, a line each
};

/// The names of the settings that a program may have as attributes or in its extra file.
const std::vector<std::string>& describable_settings();

/// `described` is what the program says of itself, an object: channels, size ([rows, columns] or
/// one number), size_multiple, sigma_min, sigma_max. The caller's settings replace it, and may add
/// device (cpu, cuda, cuda:N). Throws FileError for a wrong value, whoever
/// gave it, and InvalidArgument for a setting that does not exist or where a class is asked for.
ProgramSettings program_settings(const std::string& path, const nlohmann::json& described,
                                 const PriorOptions& options);

}  // namespace modeseek::torch_priors
