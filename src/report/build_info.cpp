#include "report/build_info.hpp"

namespace modeseek::report {

std::string version() { return MODESEEK_VERSION; }

std::string built_with() { return MODESEEK_BUILT_WITH; }

}  // namespace modeseek::report
