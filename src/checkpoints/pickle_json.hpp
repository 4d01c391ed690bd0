#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "checkpoints/pickle_value.hpp"

namespace modeseek::checkpoints::pickle {

/// Plain values as JSON: numbers, texts, booleans, None, and lists and dicts of these (an object of
/// `argparse.Namespace` counts as the dict of its attributes). JSON has no infinity: such numbers
/// become the texts "inf", "-inf" and "nan". Members that have no JSON form are left out of a dict;
/// anything else that has none gives nothing.
std::optional<nlohmann::json> to_json(Heap& heap, const Value* value);

}  // namespace modeseek::checkpoints::pickle
