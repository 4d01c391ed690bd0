#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "modeseek/lpips.hpp"

namespace modeseek::app {

/// --lpips
void add_lpips_option(CLI::App& command, std::string& weights);

/// LPIPS by these weights; null when none are given. Throws FileError.
std::unique_ptr<Lpips> load_lpips(const std::string& weights);

/// Throws InvalidArgument when pictures of this extent cannot be compared, OutOfMemory when that
/// takes more than available_memory(); the message starts with `picture`.
void require_comparable(Lpips& lpips, const Shape& shape, const std::string& picture);

}  // namespace modeseek::app
