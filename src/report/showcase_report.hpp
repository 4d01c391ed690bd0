#pragma once

#include <string>
#include <vector>

#include "modeseek/prior.hpp"
#include "restoration/showcase.hpp"

namespace modeseek::report {

/// One line that says how a case went.
std::string showcase_line(const Showcase& show);

/// The table of all cases, for a terminal.
std::string showcase_table(const std::vector<Showcase>& shows);

/// The HTML page: table, sliders, pictures (read from where the showcases were written). Throws
/// FileError when a picture cannot be read.
std::string showcase_html(const std::vector<Showcase>& shows, const PriorInfo& prior,
                          const std::string& command);

}  // namespace modeseek::report
