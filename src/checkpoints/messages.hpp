#pragma once

#include <string>
#include <string_view>

namespace modeseek::checkpoints {

/// Text from a file, fit for a one-line message: in single quotes, control characters (and, unless
/// the text is UTF-8, all bytes above 0x7f) written as \xNN, cut after 120 bytes.
std::string in_quotes(std::string_view text);

}  // namespace modeseek::checkpoints
