#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "modeseek/prior.hpp"
#include "session.hpp"

namespace modeseek::app {

/// Which prior, and what its checkpoint leaves open.
struct PriorChoice {
  std::string prior = "natural";
  std::optional<std::int64_t> class_label;
  std::vector<std::string> settings;  ///< "name=value"
  std::string precision = "auto";     ///< auto, bf16 or float32
};

/// --prior, --class, --precision and, for experts, --prior-setting.
void add_prior_options(CLI::App& command, const Session& session, PriorChoice& choice);

/// --max-memory: "500M", "4G", "1.5GiB" (powers of 1024). parse_memory throws InvalidArgument for
/// anything else; no limit when empty.
void add_memory_option(CLI::App& command, std::string& max_memory);
std::uint64_t parse_memory(const std::string& text);
/// Tells the user in what pieces the prior looks at such an image, if it does.
void note_memory(const Denoiser& prior, const Shape& shape, bool vjp);

/// --prior-setting alone.
void add_prior_setting_option(CLI::App& command, const Session& session,
                              std::vector<std::string>& settings);
/// "name=value" by name. Throws InvalidArgument for a setting without "=".
std::map<std::string, std::string> parse_settings(const std::vector<std::string>& settings);

/// Loads it; what had to be assumed goes to standard error, a line each. Throws as
/// load_prior and parse_settings do.
LoadedPrior load(const PriorChoice& choice);

}  // namespace modeseek::app
