#include "checkpoints/pickle_json.hpp"

#include <cmath>

#include "checkpoints/json_text.hpp"

namespace modeseek::checkpoints::pickle {
namespace {

using Json = nlohmann::json;

Json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

std::optional<Json> convert(Heap& heap, const Value* value, int depth);

std::optional<Json> array(Heap& heap, const Items& items, int depth) {
  Json result = Json::array();
  for (const Value* item : items) {
    std::optional<Json> converted = convert(heap, item, depth + 1);
    if (!converted) return std::nullopt;
    result.push_back(std::move(*converted));
  }
  return result;
}

Json object(Heap& heap, const Dict& dict, int depth) {
  Json result = Json::object();
  for (const auto& [key, value] : dict.members) {
    const auto* name = as<Text>(key);
    if (name == nullptr) continue;
    heap.spend_bytes(name->text.size());
    if (auto converted = convert(heap, value, depth + 1)) {
      result[std::string(name->text)] = std::move(*converted);
    }
  }
  return result;
}

std::optional<Json> convert(Heap& heap, const Value* value, int depth) {
  heap.spend_items(1);
  if (depth == max_json_depth) return std::nullopt;
  if (as<None>(value) != nullptr) return Json(nullptr);
  if (const auto* truth = as<bool>(value)) return Json(*truth);
  if (const auto* integer = as<std::int64_t>(value)) return Json(*integer);
  if (const auto* real = as<double>(value)) return number(*real);
  if (const auto* text = as<Text>(value)) {
    heap.spend_bytes(text->text.size());
    return Json(std::string(text->text));
  }
  if (const Items* items = items_of(value)) return array(heap, *items, depth);
  if (const auto* dict = as<Dict>(value)) return object(heap, *dict, depth);
  if (const auto* instance = as<Object>(value); instance && instance->class_name == "Namespace") {
    if (const auto* state = as<Dict>(instance->state)) return object(heap, *state, depth);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Json> to_json(Heap& heap, const Value* value) { return convert(heap, value, 0); }

}  // namespace modeseek::checkpoints::pickle
