#include "prior_options.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "modeseek/error.hpp"
#include "options.hpp"
#include "priors/network_prior.hpp"
#include "torch/torchscript.hpp"

namespace modeseek::app {
namespace {

/// A name that --precision accepts.
Precision parse_precision(const std::string& name) {
  for (const Precision precision : {Precision::bf16, Precision::float32})
    if (name == to_string(precision)) return precision;
  return Precision::automatic;
}

}  // namespace

void add_prior_options(CLI::App& command, const Session& session, PriorChoice& choice) {
  const std::string program =
      torch_priors::torchscript_supported() ? ", or torchscript:FILE, whose code is run" : "";
  command.add_option("--prior", choice.prior,
                     "Prior: natural (default) or natural-s (2.4 times faster), both built in, or "
                     "a checkpoint's file or folder" +
                         program);
  command.add_option("--class", choice.class_label,
                     "Class of a class-conditional checkpoint, from 0; default: its unconditional "
                     "label, where it has one");
  command
      .add_option("--precision", choice.precision,
                  "Numbers inside the network: bf16, float32, or auto (default): bf16 where the "
                  "processor has instructions for it, twice as fast")
      ->check(CLI::IsMember({"auto", "bf16", "float32"}));
  add_prior_setting_option(command, session, choice.settings);
}

void add_prior_setting_option(CLI::App& command, const Session& session,
                              std::vector<std::string>& settings) {
  command
      .add_option("--prior-setting", settings,
                  "NAME=VALUE: an entry of the checkpoint's configuration to add or replace, such "
                  "as num_heads=4 or noise_schedule=cosine; may be repeated")
      ->allow_extra_args(false)
      ->group(expert_group(session));
}

void add_memory_option(CLI::App& command, std::string& max_memory) {
  command.add_option("--max-memory", max_memory,
                     "Most memory that the program may take, such as 4G; large pictures go through "
                     "the network in pieces then. Default: what is free");
}

std::uint64_t parse_memory(const std::string& text) {
  if (text.empty()) return std::numeric_limits<std::uint64_t>::max();
  constexpr double kilo = 1024;
  static const std::map<std::string, double> units{
      {"", 1.0},     {"K", kilo},          {"M", kilo * kilo},        {"G", std::pow(kilo, 3)},
      {"KiB", kilo}, {"MiB", kilo * kilo}, {"GiB", std::pow(kilo, 3)}};
  double value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  const auto unit = units.find(std::string(parsed.ptr, end));
  if (parsed.ec != std::errc() || unit == units.end() || !(value * unit->second >= 1) ||
      value * unit->second > std::pow(2.0, 60))
    throw InvalidArgument("--max-memory: expected a size such as 500M or 4G, found '" + text + "'");
  return static_cast<std::uint64_t>(value * unit->second);
}

void note_memory(const Denoiser& prior, const Shape& shape, bool vjp) {
  const auto* network = dynamic_cast<const priors::NetworkPrior*>(&prior);
  const std::string text = network != nullptr ? network->memory_note(shape, vjp) : std::string();
  if (!text.empty()) note("memory: " + text);
}

std::map<std::string, std::string> parse_settings(const std::vector<std::string>& settings) {
  std::map<std::string, std::string> result;
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw InvalidArgument("--prior-setting: expected NAME=VALUE, found '" + setting + "'");
    }
    result[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  return result;
}

LoadedPrior load(const PriorChoice& choice) {
  PriorOptions options;
  options.class_label = choice.class_label;
  options.settings = parse_settings(choice.settings);
  options.precision = parse_precision(choice.precision);
  LoadedPrior prior = load_prior(choice.prior, options);
  for (const std::string& line : prior.info.notes) note("prior: " + line);
  return prior;
}

}  // namespace modeseek::app
