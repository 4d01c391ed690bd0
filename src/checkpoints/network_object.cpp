#include "checkpoints/network_object.hpp"

#include <algorithm>
#include <array>

#include "checkpoints/messages.hpp"
#include "checkpoints/pickle_json.hpp"

namespace modeseek::checkpoints::pickle {
namespace {

/// Modules nest a handful of levels; a module that holds itself would nest for ever.
constexpr int max_module_depth = 64;

/// A dict among the module's attributes; null when it has none of that name.
const Dict* attribute(Heap& heap, const Object& module, std::string_view name) {
  const auto* state = as<Dict>(module.state);
  return state == nullptr ? nullptr : as<Dict>(heap.find(*state, name));
}

bool holds_text(const Items* items, std::string_view text) {
  return items != nullptr && std::any_of(items->begin(), items->end(), [text](const Value* item) {
           const auto* candidate = as<Text>(item);
           return candidate != nullptr && candidate->text == text;
         });
}

class Walk {
 public:
  Walk(Heap& heap, TensorCollector& collector) : heap_(heap), collector_(collector) {}

  void visit(const Object& module, const std::string& prefix, int depth) {
    heap_.spend_items(1);
    if (depth > max_module_depth) heap_.fail("nests modules too deeply at " + in_quotes(prefix));
    const auto* state = as<Dict>(module.state);
    if (state == nullptr) heap_.fail("module " + in_quotes(prefix) + " has no state");
    add_tensors(attribute(heap_, module, "_parameters"), nullptr, prefix);
    add_tensors(attribute(heap_, module, "_buffers"),
                items_of(heap_.find(*state, "_non_persistent_buffers_set")), prefix);
    const Dict* children = attribute(heap_, module, "_modules");
    if (children == nullptr) return;
    for (const auto& [key, value] : children->members) {
      if (as<None>(value) != nullptr) continue;
      const std::string name = join(prefix, key);
      const auto* child = as<Object>(value);
      if (child == nullptr) heap_.fail("module " + in_quotes(name) + " is " + describe(value));
      visit(*child, name + ".", depth + 1);
    }
  }

 private:
  void add_tensors(const Dict* dict, const Items* skipped, const std::string& prefix) {
    if (dict == nullptr) return;
    for (const auto& [key, value] : dict->members) {
      if (as<None>(value) != nullptr) continue;
      const std::string name = join(prefix, key);
      heap_.spend_items(skipped == nullptr ? 1 : skipped->size() + 1);
      if (holds_text(skipped, as<Text>(key)->text)) continue;
      const auto* tensor = as<TensorRef>(value);
      if (tensor == nullptr) heap_.fail("tensor " + in_quotes(name) + " is " + describe(value));
      collector_.add(name, *tensor);
    }
  }

  std::string join(const std::string& prefix, const Value* key) {
    const auto* text = as<Text>(key);
    if (text == nullptr) heap_.fail("module " + in_quotes(prefix) + " has a member without a name");
    heap_.spend_bytes(prefix.size() + text->text.size());
    return prefix + std::string(text->text);
  }

  Heap& heap_;
  TensorCollector& collector_;
};

/// Arguments that all of EDM's preconditioners take first, in this order.
constexpr std::array<std::string_view, 4> positional{"img_resolution", "img_channels", "label_dim",
                                                     "use_fp16"};

void add_positional(Heap& heap, const Value* arguments, nlohmann::json& config) {
  const Items* items = items_of(arguments);
  if (items == nullptr) return;
  if (items->size() > positional.size()) {
    heap.fail("gives its network more than " + std::to_string(positional.size()) +
              " constructor arguments without names");
  }
  for (std::size_t i = 0; i < items->size(); ++i) {
    if (auto value = to_json(heap, (*items)[i])) config[std::string(positional[i])] = *value;
  }
}

/// Adds what an object's constructor derived, such as VPPrecond's sigma_min.
void add_plain_attributes(Heap& heap, const Dict& state, nlohmann::json& config) {
  for (const auto& [key, value] : state.members) {
    const auto* name = as<Text>(key);
    if (name == nullptr || name->text.starts_with('_') || name->text == "training") continue;
    if (items_of(value) != nullptr || as<Dict>(value) != nullptr) continue;
    if (config.contains(name->text)) continue;
    heap.spend_bytes(name->text.size());
    if (auto converted = to_json(heap, value)) config[std::string(name->text)] = *converted;
  }
}

}  // namespace

void collect_tensors(Heap& heap, const Object& network, TensorCollector& collector) {
  Walk(heap, collector).visit(network, "", 0);
}

nlohmann::json network_config(Heap& heap, const Object& network) {
  nlohmann::json config = nlohmann::json::object();
  const auto* state = as<Dict>(network.state);
  if (state == nullptr) return config;
  if (const Value* named = heap.find(*state, "_init_kwargs"); as<Dict>(named) != nullptr) {
    config = to_json(heap, named).value_or(std::move(config));
  }
  add_positional(heap, heap.find(*state, "_init_args"), config);
  add_plain_attributes(heap, *state, config);
  heap.spend_bytes(network.class_name.size());
  config["precond"] = std::string(network.class_name);
  if (config.contains("model_type")) return config;
  if (const Dict* children = attribute(heap, network, "_modules")) {
    if (const auto* model = as<Object>(heap.find(*children, "model"))) {
      heap.spend_bytes(model->class_name.size());
      config["model_type"] = std::string(model->class_name);
    }
  }
  return config;
}

const char* network_family(const Object& network) {
  constexpr std::array<std::string_view, 4> preconditioners{"EDMPrecond", "VPPrecond", "VEPrecond",
                                                            "iDDPMPrecond"};
  const bool known = std::find(preconditioners.begin(), preconditioners.end(),
                               network.class_name) != preconditioners.end();
  return known ? "edm" : "";
}

}  // namespace modeseek::checkpoints::pickle
