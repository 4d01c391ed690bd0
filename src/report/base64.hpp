#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace modeseek::report {

/// RFC 4648 with padding, no line breaks.
std::string base64(std::span<const std::byte> bytes);

}  // namespace modeseek::report
