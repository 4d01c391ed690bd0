#pragma once

#include <string>

#include "bench/folder.hpp"
#include "bench/tables.hpp"

namespace modeseek::bench {

/// Reads what a bench has computed so far. Throws FileError.
Results read_results(const Folder& folder);

/// Writes every report into the folder: rows.csv, costs.csv, results.json, summary.csv, summary.md,
/// cost.svg and noise.svg (with -2, -3, ... before the dot for further priors), report.html.
void write_reports(const Results& results, const Folder& folder);

}  // namespace modeseek::bench
