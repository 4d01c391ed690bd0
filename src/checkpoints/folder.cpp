#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "checkpoints/formats.hpp"
#include "checkpoints/json_text.hpp"
#include "checkpoints/mapped_file.hpp"
#include "checkpoints/messages.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints {
namespace {

namespace fs = std::filesystem;

/// Longest configuration or index file that is read.
constexpr std::size_t max_json_bytes = 16U << 20U;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

nlohmann::json read_json_object(const fs::path& path) {
  const auto file = MappedFile::open(path.string());
  const auto bytes = file->bytes();
  if (bytes.size() > max_json_bytes) {
    throw FileError(path.string(), "is longer than " + std::to_string(max_json_bytes) + " bytes");
  }
  nlohmann::json value = parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                    path.string(), "the file");
  if (!value.is_object()) throw FileError(path.string(), "is not a JSON object");
  return value;
}

/// The weights in a folder; nothing when it has none that modeseek knows.
std::optional<Checkpoint> open_weights(const fs::path& folder) {
  constexpr std::array<std::string_view, 4> files{
      "model.safetensors", "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin",
      "pytorch_model.bin"};
  for (const std::string_view name : files) {
    if (is_file(folder / name)) return open_file((folder / name).string());
    const fs::path index = folder / (std::string(name) + ".index.json");
    if (is_file(index)) return open_shards(index.string());
  }
  return std::nullopt;
}

/// A pipeline keeps the scheduler beside the network's folder; old ones keep it within.
void add_scheduler(const fs::path& folder, nlohmann::json& config) {
  const std::array<fs::path, 3> places{folder / "scheduler" / "scheduler_config.json",
                                       folder / "scheduler_config.json",
                                       folder / ".." / "scheduler" / "scheduler_config.json"};
  for (const fs::path& place : places) {
    if (!is_file(place)) continue;
    config["scheduler"] = read_json_object(place);
    return;
  }
}

std::string family_of(const nlohmann::json& config) {
  if (const auto family = config.find("family"); family != config.end() && family->is_string()) {
    return family->get<std::string>();
  }
  return config.contains("_class_name") ? "diffusers" : "";
}

/// A shard lies beside its index: anything but a plain file name could reach elsewhere.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

}  // namespace

Checkpoint open_shards(const std::string& index_path) {
  const nlohmann::json index = read_json_object(index_path);
  const auto map = index.find("weight_map");
  if (map == index.end() || !map->is_object()) throw FileError(index_path, "has no weight_map");
  std::map<std::string, Checkpoint> shards;
  Checkpoint whole;
  whole.path = index_path;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !is_plain_name(file.get_ref<const std::string&>())) {
      throw FileError(index_path, "weight_map gives no file name for tensor " + in_quotes(tensor));
    }
    const auto& name = file.get_ref<const std::string&>();
    auto shard = shards.find(name);
    if (shard == shards.end()) {
      const fs::path path = fs::path(index_path).parent_path() / name;
      shard = shards.emplace(name, open_file(path.string())).first;
      std::ranges::copy(shard->second.files, std::back_inserter(whole.files));
    }
    whole.tensors.emplace(tensor, shard->second.at(tensor));
  }
  whole.storage = std::make_shared<const std::map<std::string, Checkpoint>>(std::move(shards));
  return whole;
}

Checkpoint open_folder(const std::string& path) {
  const fs::path folder(path);
  if (!is_file(folder / "config.json") && is_file(folder / "unet" / "config.json")) {
    return open_folder((folder / "unet").string());
  }
  std::optional<Checkpoint> checkpoint = open_weights(folder);
  if (!checkpoint) {
    throw FileError(path,
                    "holds no weights: expected model.safetensors, "
                    "diffusion_pytorch_model.safetensors or .bin, or an index of shards");
  }
  checkpoint->path = path;
  if (is_file(folder / "config.json")) {
    checkpoint->config = read_json_object(folder / "config.json");
    add_scheduler(folder, checkpoint->config);
    checkpoint->family = family_of(checkpoint->config);
  }
  return std::move(*checkpoint);
}

}  // namespace modeseek::checkpoints
