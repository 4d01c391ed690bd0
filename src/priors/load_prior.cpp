#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <memory>
#include <utility>

#include "checkpoints/checkpoint.hpp"
#include "checkpoints/mapped_file.hpp"
#include "engine/graph.hpp"
#include "modeseek/error.hpp"
#include "modeseek/prior.hpp"
#include "networks/families.hpp"
#include "networks/network.hpp"
#include "priors/embedded.hpp"
#include "priors/network_prior.hpp"

namespace modeseek {
namespace {

using checkpoints::Checkpoint;

/// A weights file that is part of the library.
struct Builtin {
  const char* name;
  std::span<const std::byte> (*bytes)();
};

constexpr std::array builtins{Builtin{"natural", priors::embedded_natural}};

/// FNV-1a, 64 bits (Fowler, Noll, Vo).
class Hash {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes)
      state_ = (state_ ^ std::to_integer<std::uint64_t>(b)) * 0x100000001b3ULL;
  }
  std::string text() const { return fmt::format("{:016x}", state_); }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

/// Of a file's bytes; of a folder, the tensors' bytes in the order of their names.
std::string hash_of(const Checkpoint& checkpoint) {
  Hash hash;
  if (std::filesystem::is_regular_file(checkpoint.path))
    hash.add(checkpoints::MappedFile::open(checkpoint.path)->bytes());
  else
    for (const auto& [name, tensor] : checkpoint.tensors) hash.add(tensor.bytes);
  return hash.text();
}

double multiply_adds_per_pixel(const networks::Network& network) {
  constexpr std::int64_t usual = 256;
  const std::int64_t side = network.resolution > 0 ? network.resolution : usual;
  const auto [height, width] = network.fixed_size.value_or(std::pair{side, side});
  return engine::multiply_adds(network.graph, height, width) / static_cast<double>(height * width);
}

LoadedPrior make_prior(const std::string& name, const Checkpoint& checkpoint, std::string hash) {
  networks::Network network = networks::build_network(checkpoint);
  LoadedPrior prior;
  prior.info = {name,
                networks::family_of(checkpoint),
                network.preconditioning.name,
                engine::parameter_count(network.graph),
                multiply_adds_per_pixel(network),
                std::move(hash)};
  prior.denoiser = std::make_unique<priors::NetworkPrior>(std::move(network));
  return prior;
}

LoadedPrior load_builtin(const Builtin& builtin) {
  const std::span<const std::byte> bytes = builtin.bytes();
  Hash hash;
  hash.add(bytes);
  return make_prior(builtin.name, checkpoints::parse_safetensors(bytes, builtin.name, nullptr),
                    hash.text());
}

}  // namespace

std::vector<std::string> builtin_priors() {
  std::vector<std::string> names;
  for (const Builtin& builtin : builtins) names.emplace_back(builtin.name);
  return names;
}

LoadedPrior load_prior(const std::string& name_or_path) {
  for (const Builtin& builtin : builtins)
    if (name_or_path == builtin.name) return load_builtin(builtin);
  const bool looks_like_name = name_or_path.find_first_of("/.") == std::string::npos;
  std::error_code ignored;
  if (looks_like_name && !std::filesystem::exists(name_or_path, ignored))
    throw InvalidArgument(fmt::format("unknown prior '{}': expected {} or the path of a checkpoint",
                                      name_or_path, fmt::join(builtin_priors(), ", ")));
  const Checkpoint checkpoint = checkpoints::open_checkpoint(name_or_path);
  return make_prior(name_or_path, checkpoint, hash_of(checkpoint));
}

}  // namespace modeseek
