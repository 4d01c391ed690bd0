#pragma once

#include <string>

#include "bench/tables.hpp"

namespace modeseek::bench {

/// The report as one HTML file: tables, charts, and the kept pictures of every cell, which are read
/// from the folder. Throws FileError when a picture cannot be read.
std::string report_page(const Results& results, const Folder& folder);

/// The tables as Markdown.
std::string summary_markdown(const Results& results);

/// The tables of quality and cost for a terminal, and what was not computed.
std::string summary_text(const Results& results);

}  // namespace modeseek::bench
