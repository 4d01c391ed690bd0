#include "networks/network.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "modeseek/error.hpp"
#include "networks/diffusers.hpp"
#include "networks/edm.hpp"
#include "networks/families.hpp"
#include "networks/guided_diffusion.hpp"
#include "networks/natural.hpp"

namespace modeseek::networks {
namespace {

using checkpoints::Checkpoint;

/// A family of networks: its name in files, a tensor that only its checkpoints have, its builder.
struct Family {
  std::string_view name;
  std::string_view tensor;
  Network (*build)(const Checkpoint& checkpoint, const NetworkOptions& options);
};

constexpr std::array<Family, 4> families{{
    {"natural", "embed.frequencies", build_natural},
    {"edm", "map_layer0.weight", build_edm},
    {"guided-diffusion", "time_embed.0.weight", build_guided_diffusion},
    {"diffusers", "time_embedding.linear_1.weight", build_diffusers},
}};

/// `tensor` itself or below a wrapper ("model.map_layer0.weight").
bool has_tensor(const Checkpoint& checkpoint, std::string_view tensor) {
  return std::any_of(checkpoint.tensors.begin(), checkpoint.tensors.end(), [&](const auto& entry) {
    const std::string& name = entry.first;
    return name.ends_with(tensor) &&
           (name.size() == tensor.size() || name[name.size() - tensor.size() - 1] == '.');
  });
}

}  // namespace

std::string family_of(const Checkpoint& checkpoint) {
  if (!checkpoint.family.empty()) return checkpoint.family;
  for (const Family& family : families) {
    if (has_tensor(checkpoint, family.tensor)) return std::string(family.name);
  }
  throw FileError(
      checkpoint.path,
      "is not a known network: neither its configuration nor its tensors tell a family");
}

Network build_network(const Checkpoint& checkpoint, const NetworkOptions& options) {
  const std::string name = family_of(checkpoint);
  std::string known;
  for (const Family& family : families) {
    if (family.name == name) return family.build(checkpoint, options);
    known += (known.empty() ? "" : ", ") + std::string(family.name);
  }
  throw FileError(checkpoint.path, "unknown family '" + name + "'; known: " + known);
}

}  // namespace modeseek::networks
