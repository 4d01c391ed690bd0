#include "networks/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "modeseek/error.hpp"

namespace modeseek::networks {
namespace {

/// A value as the file spells it, short enough for one line.
std::string spelling(const nlohmann::json& value) {
  constexpr std::size_t longest = 60;
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  return text;
}

std::optional<double> as_number(const nlohmann::json& value) {
  if (value.is_number()) {
    const double number = value.get<double>();
    if (!std::isnan(number)) return number;
  }
  if (value.is_string() && (value == "inf" || value == "Infinity")) {
    return std::numeric_limits<double>::infinity();
  }
  return std::nullopt;
}

std::optional<std::int64_t> as_integer(const nlohmann::json& value) {
  constexpr double exact = 9007199254740992.0;  // 2^53: every whole number below is a double
  const auto number = as_number(value);
  if (!number || !(std::abs(*number) < exact) || std::floor(*number) != *number) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*number);
}

std::string describe(IntegerRange range) {
  return fmt::format("a whole number from {} to {}", range.low, range.high);
}

std::string describe(NumberRange range) {
  return fmt::format("a number from {:g} to {:g}", range.low, range.high);
}

}  // namespace

Config::Config(std::string path, const nlohmann::json& values)
    : path_(std::move(path)), values_(values.is_null() ? nlohmann::json::object() : values) {
  if (!values_.is_object()) throw FileError(path_, "configuration is not a JSON object");
}

const nlohmann::json* Config::find(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->is_null() ? nullptr : &*found;
}

void Config::fail(const std::string& name, const std::string& expected) const {
  const nlohmann::json* value = find(name);
  throw FileError(path_, fmt::format("configuration '{}': expected {}, found {}", name, expected,
                                     value == nullptr ? "nothing" : spelling(*value)));
}

template <class T>
T Config::absent(const std::string& name, const std::optional<T>& fallback) const {
  if (!fallback) fail(name, "a value");
  return *fallback;
}

std::int64_t Config::integer(const std::string& name, IntegerRange range,
                             std::optional<std::int64_t> fallback) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return absent(name, fallback);
  const auto integer = as_integer(*value);
  if (!integer || *integer < range.low || *integer > range.high) fail(name, describe(range));
  return *integer;
}

double Config::number(const std::string& name, NumberRange range,
                      std::optional<double> fallback) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return absent(name, fallback);
  const auto number = as_number(*value);
  if (!number || *number < range.low || *number > range.high) fail(name, describe(range));
  return *number;
}

bool Config::flag(const std::string& name, std::optional<bool> fallback) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return absent(name, fallback);
  if (!value->is_boolean()) fail(name, "true or false");
  return value->get<bool>();
}

std::string Config::text(const std::string& name, std::optional<std::string> fallback) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return absent(name, fallback);
  if (!value->is_string()) fail(name, "a text");
  return value->get<std::string>();
}

std::string Config::choice(const std::string& name, std::initializer_list<std::string_view> choices,
                           std::optional<std::string> fallback) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return absent(name, fallback);
  if (value->is_string()) {
    const auto& found = value->get_ref<const std::string&>();
    if (std::find(choices.begin(), choices.end(), found) != choices.end()) return found;
  }
  fail(name, fmt::format("one of {}", fmt::join(choices, ", ")));
}

std::vector<std::int64_t> Config::integers(
    const std::string& name, IntegerRange range, std::size_t max_count,
    std::optional<std::vector<std::int64_t>> fallback) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return absent(name, fallback);
  const std::string expected =
      fmt::format("a list of 1 to {}, each {}", max_count, describe(range));
  if (!value->is_array() || value->empty() || value->size() > max_count) fail(name, expected);
  std::vector<std::int64_t> result;
  for (const nlohmann::json& entry : *value) {
    const auto integer = as_integer(entry);
    if (!integer || *integer < range.low || *integer > range.high) fail(name, expected);
    result.push_back(*integer);
  }
  return result;
}

std::vector<double> Config::numbers(const std::string& name, NumberRange range,
                                    std::size_t max_count,
                                    std::optional<std::vector<double>> fallback) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return absent(name, fallback);
  const std::string expected =
      fmt::format("a list of 1 to {}, each {}", max_count, describe(range));
  if (!value->is_array() || value->empty() || value->size() > max_count) fail(name, expected);
  std::vector<double> result;
  for (const nlohmann::json& entry : *value) {
    const auto number = as_number(entry);
    if (!number || *number < range.low || *number > range.high) fail(name, expected);
    result.push_back(*number);
  }
  return result;
}

std::vector<std::string> Config::texts(const std::string& name, std::size_t max_count,
                                       std::optional<std::vector<std::string>> fallback) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return absent(name, fallback);
  const std::string expected = fmt::format("a list of 1 to {} texts", max_count);
  if (!value->is_array() || value->empty() || value->size() > max_count) fail(name, expected);
  std::vector<std::string> result;
  for (const nlohmann::json& entry : *value) {
    if (!entry.is_string()) fail(name, expected);
    result.push_back(entry.get<std::string>());
  }
  return result;
}

Config Config::section(const std::string& name) const {
  const nlohmann::json* value = find(name);
  if (value != nullptr && !value->is_object()) fail(name, "an object");
  return {path_, value == nullptr ? nlohmann::json::object() : *value};
}

}  // namespace modeseek::networks
