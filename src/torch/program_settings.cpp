#include "torch/program_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "modeseek/error.hpp"
#include "networks/config.hpp"
#include "networks/limits.hpp"
#include "priors/prior_settings.hpp"

namespace modeseek::torch_priors {
namespace {

using networks::Config;

constexpr std::int64_t most_channels = 1024;

void check_names(const nlohmann::json& settings) {
  for (const auto& [name, value] : settings.items()) {
    const auto& known = describable_settings();
    if (name == "device" || std::ranges::find(known, name) != known.end()) {
      continue;
    }
    throw InvalidArgument(
        fmt::format("prior setting '{}': a TorchScript program knows {} and device", name,
                    fmt::join(known, ", ")));
  }
}

/// One number for both axes, or both.
std::optional<std::pair<std::int64_t, std::int64_t>> read_size(const Config& config) {
  if (!config.has("size")) return std::nullopt;
  constexpr networks::IntegerRange range{1, networks::limits::resolution};
  if (!config.values().at("size").is_array()) {
    const std::int64_t side = config.integer("size", range);
    return std::pair{side, side};
  }
  const std::vector<std::int64_t> sides = config.integers("size", range, 2);
  if (sides.size() != 2) config.fail("size", "one number or [rows, columns]");
  return std::pair{sides[0], sides[1]};
}

NoiseRange read_noise_range(const Config& config) {
  constexpr networks::NumberRange positive{1e-6, 1e6};
  const NoiseRange usual;
  const NoiseRange range{
      static_cast<float>(config.number("sigma_min", positive, static_cast<double>(usual.min))),
      static_cast<float>(config.number("sigma_max", positive, static_cast<double>(usual.max)))};
  if (!(range.min < range.max)) config.fail("sigma_max", "more than sigma_min");
  return range;
}

std::string read_device(const Config& config) {
  std::string device = config.text("device", "cpu");
  const std::string number = device.starts_with("cuda:") ? device.substr(5) : "0";
  const bool digits = !number.empty() && number.size() <= 2 &&
                      std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
  if (device != "cpu" && device != "cuda" && !(device.starts_with("cuda:") && digits)) {
    config.fail("device", "cpu, cuda or cuda:N");
  }
  return device;
}

/// The values that stand in neither the program nor the caller's settings.
std::vector<std::string> assumed(const Config& config, const ProgramSettings& settings) {
  std::vector<std::string> values;
  if (!config.has("channels")) values.push_back(fmt::format("channels={}", settings.channels));
  if (!config.has("size_multiple") && !settings.fixed_size) values.push_back("size_multiple=1");
  if (!config.has("sigma_min")) {
    values.push_back(fmt::format("sigma_min={:g}", settings.noise_range.min));
  }
  if (!config.has("sigma_max")) {
    values.push_back(fmt::format("sigma_max={:g}", settings.noise_range.max));
  }
  if (values.empty()) return {};
  return {fmt::format("the program does not say everything: assumed {}", fmt::join(values, ", "))};
}

ProgramSettings read(const Config& config) {
  ProgramSettings result;
  result.channels = config.integer("channels", {1, most_channels}, result.channels);
  result.fixed_size = read_size(config);
  result.size_multiple = config.integer("size_multiple", {1, networks::limits::resolution}, 1);
  result.noise_range = read_noise_range(config);
  result.device = read_device(config);
  result.notes = assumed(config, result);
  return result;
}

}  // namespace

const std::vector<std::string>& describable_settings() {
  static const std::vector<std::string> names{"channels", "size", "size_multiple", "sigma_min",
                                              "sigma_max"};
  return names;
}

ProgramSettings program_settings(const std::string& path, const nlohmann::json& described,
                                 const PriorOptions& options) {
  if (options.class_label) {
    throw InvalidArgument("class: a TorchScript program forward(x, sigma) takes none");
  }
  const nlohmann::json chosen = priors::network_options(options).config;
  nlohmann::json all = described;
  if (chosen.is_object()) {
    check_names(chosen);
    all.update(chosen);
  }
  return read(Config(path, all));
}

}  // namespace modeseek::torch_priors
