#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace modeseek::checkpoints {

/// Deepest nesting of arrays and objects that is accepted.
inline constexpr int max_json_depth = 32;

/// Parses JSON from an untrusted file. `what` names the text in messages ("safetensors header").
/// Throws FileError when the text is not valid JSON or UTF-8, nests deeper than `max_json_depth` or
/// names a member of an object twice.
nlohmann::json parse_json(std::string_view text, const std::string& path, const std::string& what);

}  // namespace modeseek::checkpoints
