#include "checkpoints/weights.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoints/network_object.hpp"
#include "checkpoints/pickle_json.hpp"
#include "checkpoints/tensor_collector.hpp"

namespace modeseek::checkpoints::pickle {
namespace {

constexpr std::array<std::string_view, 5> weight_keys{"ema_state_dict", "ema", "state_dict",
                                                      "model", "net"};
constexpr std::array<std::string_view, 4> config_keys{"config", "model_config", "hyper_parameters",
                                                      "args"};
constexpr int max_levels = 3;
/// What DataParallel puts before every name.
constexpr std::string_view wrapper = "module.";

/// Weights found somewhere in the file, with the dicts around them.
struct Found {
  const Value* weights = nullptr;   ///< an Object or a Dict with tensors; null when there are none
  std::vector<const Dict*> around;  ///< innermost first
  std::string key;                  ///< "ema", "model.state_dict"
};

bool has_tensors(Heap& heap, const Dict& dict) {
  heap.spend_items(dict.members.size());
  return std::any_of(dict.members.begin(), dict.members.end(), [](const auto& member) {
    return as<Text>(member.first) != nullptr && as<TensorRef>(member.second) != nullptr;
  });
}

Found find_weights(Heap& heap, const Value* value, int level) {
  if (as<Object>(value) != nullptr) return {value, {}, ""};
  const auto* dict = as<Dict>(value);
  if (dict == nullptr) return {};
  for (const std::string_view key : weight_keys) {
    if (level == max_levels) break;
    Found found = find_weights(heap, heap.find(*dict, key), level + 1);
    if (found.weights == nullptr) continue;
    found.key = found.key.empty() ? std::string(key) : std::string(key) + "." + found.key;
    found.around.push_back(dict);
    return found;
  }
  return has_tensors(heap, *dict) ? Found{value, {}, ""} : Found{};
}

void collect_dict(Heap& heap, const Dict& dict, TensorCollector& collector) {
  const bool wrapped =
      std::all_of(dict.members.begin(), dict.members.end(), [](const auto& member) {
        const auto* name = as<Text>(member.first);
        return name != nullptr && name->text.starts_with(wrapper);
      });
  for (const auto& [key, value] : dict.members) {
    heap.spend_items(1);
    const auto* name = as<Text>(key);
    const auto* tensor = as<TensorRef>(value);
    if (name == nullptr || tensor == nullptr) continue;
    const std::string_view bare = wrapped ? name->text.substr(wrapper.size()) : name->text;
    heap.spend_bytes(bare.size());
    collector.add(std::string(bare), *tensor);
  }
}

nlohmann::json config_beside(Heap& heap, const std::vector<const Dict*>& around) {
  for (const Dict* dict : around) {
    for (const std::string_view key : config_keys) {
      const Value* value = heap.find(*dict, key);
      if (value == nullptr) continue;
      if (auto config = to_json(heap, value); config && config->is_object()) {
        return std::move(*config);
      }
    }
  }
  return nullptr;
}

std::string family_in(const nlohmann::json& config) {
  const auto family = config.find("family");
  return family != config.end() && family->is_string() ? family->get<std::string>() : "";
}

}  // namespace

Checkpoint take_weights(Heap& heap, const Value* root, std::shared_ptr<const void> file) {
  Found found = find_weights(heap, root, 0);
  if (found.weights == nullptr) {
    heap.fail("holds no weights: expected a state dict or a network, by itself or under 'ema', " +
              std::string("'ema_state_dict', 'state_dict', 'model' or 'net'; found ") +
              describe(root));
  }
  Checkpoint checkpoint;
  checkpoint.path = heap.path();
  checkpoint.weights_key = std::move(found.key);
  TensorCollector collector(heap);
  if (const auto* network = as<Object>(found.weights)) {
    collect_tensors(heap, *network, collector);
    checkpoint.config = network_config(heap, *network);
    checkpoint.family = network_family(*network);
    if (!checkpoint.family.empty()) checkpoint.config["family"] = checkpoint.family;
  } else {
    collect_dict(heap, *as<Dict>(found.weights), collector);
    checkpoint.config = config_beside(heap, found.around);
    checkpoint.family = family_in(checkpoint.config);
  }
  checkpoint.tensors = collector.take_tensors();
  if (checkpoint.tensors.empty()) heap.fail("holds a network without tensors");
  checkpoint.storage = collector.take_storage(std::move(file));
  return checkpoint;
}

}  // namespace modeseek::checkpoints::pickle
