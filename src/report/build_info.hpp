#pragma once

#include <string>

namespace modeseek::report {

/// "0.1.0"
std::string version();

/// What the program was built with: compiler, build type and libraries, in one line.
std::string built_with();

}  // namespace modeseek::report
