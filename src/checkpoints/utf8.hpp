#pragma once

#include <string_view>

namespace modeseek::checkpoints {

/// Whether the text is valid UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

}  // namespace modeseek::checkpoints
