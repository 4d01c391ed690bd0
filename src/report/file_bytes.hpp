#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace modeseek::report {

/// The content of a file that a page embeds. Throws FileError when it cannot be read.
std::vector<std::byte> read_bytes(const std::string& path);

}  // namespace modeseek::report
