#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <memory>
#include <utility>

#include "checkpoints/checkpoint.hpp"
#include "engine/engine.hpp"
#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"
#include "networks/families.hpp"
#include "networks/network.hpp"
#include "priors/checkpoint_hash.hpp"
#include "priors/embedded.hpp"
#include "priors/network_prior.hpp"
#include "priors/prior_settings.hpp"
#include "torch/torchscript.hpp"

namespace modeseek {
namespace {

using checkpoints::Checkpoint;

/// A weights file that is part of the library.
struct Builtin {
  const char* name;
  std::span<const std::byte> (*bytes)();
};

constexpr std::array builtins{Builtin{"natural", priors::embedded_natural},
                              Builtin{"natural-s", priors::embedded_natural_s}};

double multiply_adds_per_pixel(const networks::Network& network) {
  constexpr std::int64_t usual = 256;
  const std::int64_t side = network.resolution > 0 ? network.resolution : usual;
  const auto [height, width] = network.fixed_size.value_or(std::pair{side, side});
  return engine::multiply_adds(network.graph, height, width) / static_cast<double>(height * width);
}

/// What `automatic` means on this processor.
Precision resolved(Precision precision) {
  if (precision != Precision::automatic) return precision;
  return engine::cpu_favours_bfloat16() ? Precision::bf16 : Precision::float32;
}

LoadedPrior make_prior(const std::string& name, const Checkpoint& checkpoint, std::string hash,
                       const PriorOptions& options) {
  networks::Network network = networks::build_network(checkpoint, priors::network_options(options));
  LoadedPrior prior;
  prior.info = {name,
                networks::family_of(checkpoint),
                network.preconditioning.name,
                engine::parameter_count(network.graph),
                multiply_adds_per_pixel(network),
                std::move(hash),
                network.resolution,
                network.classes,
                network.notes,
                resolved(options.precision)};
  prior.denoiser = std::make_unique<priors::NetworkPrior>(
      std::move(network), prior.info.precision == Precision::bf16 ? engine::NumberType::bfloat16
                                                                  : engine::NumberType::float32);
  return prior;
}

LoadedPrior load_builtin(const Builtin& builtin, const PriorOptions& options) {
  const std::span<const std::byte> bytes = builtin.bytes();
  return make_prior(builtin.name, checkpoints::parse_safetensors(bytes, builtin.name, nullptr),
                    priors::hash_of(bytes), options);
}

}  // namespace

std::string to_string(Precision precision) {
  switch (precision) {
    case Precision::bf16:
      return "bf16";
    case Precision::float32:
      return "float32";
    case Precision::automatic:
      break;
  }
  return "auto";
}

std::vector<std::string> builtin_priors() {
  std::vector<std::string> names;
  for (const Builtin& builtin : builtins) names.emplace_back(builtin.name);
  return names;
}

LoadedPrior load_prior(const std::string& name_or_path, const PriorOptions& options) {
  for (const Builtin& builtin : builtins)
    if (name_or_path == builtin.name) return load_builtin(builtin, options);
  if (name_or_path.starts_with(torch_priors::torchscript_prefix))
    return torch_priors::load_torchscript(
        name_or_path.substr(torch_priors::torchscript_prefix.size()), options);
  const bool looks_like_name = name_or_path.find_first_of("/.") == std::string::npos;
  std::error_code ignored;
  if (looks_like_name && !std::filesystem::exists(name_or_path, ignored))
    throw InvalidArgument(fmt::format("unknown prior '{}': expected {} or the path of a checkpoint",
                                      name_or_path, fmt::join(builtin_priors(), ", ")));
  const Checkpoint checkpoint = checkpoints::open_checkpoint(name_or_path);
  return make_prior(name_or_path, checkpoint, priors::hash_of(checkpoint), options);
}

}  // namespace modeseek
