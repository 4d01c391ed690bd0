#include "solvers/settings_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

/// The whole text as a number, or nothing. Independent of the locale.
template <typename Number>
std::optional<Number> parse(const std::string& text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

[[noreturn]] void refuse(const std::string& name, const std::string& expected,
                         const std::string& found) {
  throw InvalidArgument(fmt::format("{}: expected {}, found {}", name, expected, found));
}

}  // namespace

int SettingsReader::integer(const std::string& name, int standard, int low, int high) {
  int value = standard;
  if (const std::string* text = find(name)) {
    const auto parsed = parse<int>(*text);
    if (!parsed || *parsed < low || *parsed > high) {
      refuse(name, fmt::format("a whole number from {} to {}", low, high), *text);
    }
    value = *parsed;
  }
  keep(name, fmt::format("{}", value));
  return value;
}

float SettingsReader::number(const std::string& name, float standard, float low, float high) {
  float value = standard;
  if (const std::string* text = find(name)) {
    const auto parsed = parse<float>(*text);
    if (!parsed || !std::isfinite(*parsed) || *parsed < low || *parsed > high) {
      refuse(name, fmt::format("a number from {} to {}", low, high), *text);
    }
    value = *parsed;
  }
  keep(name, fmt::format("{}", value));
  return value;
}

float SettingsReader::positive(const std::string& name, float standard) {
  float value = standard;
  if (const std::string* text = find(name)) {
    const auto parsed = parse<float>(*text);
    if (!parsed || !std::isfinite(*parsed) || !(*parsed > 0)) {
      refuse(name, "a positive number", *text);
    }
    value = *parsed;
  }
  keep(name, fmt::format("{}", value));
  return value;
}

std::string SettingsReader::choice(const std::string& name, const std::string& standard,
                                   const std::vector<std::string>& words) {
  const std::string* text = find(name);
  const std::string value = text == nullptr ? standard : *text;
  if (std::find(words.begin(), words.end(), value) == words.end()) {
    refuse(name, fmt::format("{}", fmt::join(words, " or ")), value);
  }
  keep(name, value);
  return value;
}

bool SettingsReader::flag(const std::string& name, bool standard) {
  return choice(name, standard ? "yes" : "no", {"yes", "no"}) == "yes";
}

bool SettingsReader::any_given(const std::vector<std::string>& names) const {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return find(name) != nullptr; });
}

void SettingsReader::refuse_given(const std::vector<std::string>& names,
                                  const std::string& wanted) const {
  for (const std::string& name : names) {
    if (const std::string* text = find(name)) refuse(name, "nothing unless " + wanted, *text);
  }
}

const std::string* SettingsReader::find(const std::string& name) const {
  const auto entry = given_.find(name);
  return entry == given_.end() ? nullptr : &entry->second;
}

void SettingsReader::keep(const std::string& name, const std::string& value) {
  record_ += (record_.empty() ? "" : ", ") + name + "=" + value;
}

}  // namespace modeseek
