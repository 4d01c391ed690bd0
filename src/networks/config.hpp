#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modeseek::networks {

/// Inclusive range of a configuration value.
struct IntegerRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
struct NumberRange {
  double low = 0;
  double high = 0;
};

/// Checked access to the configuration of a checkpoint, which is as hostile as the rest of the
/// file. Every method throws FileError that names the file, the entry, what was expected and what
/// was found. An entry that is null counts as absent; an absent entry takes `fallback`, or is an
/// error where there is none.
class Config {
 public:
  /// `values` is an object or null; `path` is for messages.
  Config(std::string path, const nlohmann::json& values);

  /// True when the entry is there and not null.
  bool has(const std::string& name) const { return find(name) != nullptr; }
  /// A whole number; 1000.0 counts as one.
  std::int64_t integer(const std::string& name, IntegerRange range,
                       std::optional<std::int64_t> fallback = {}) const;
  /// A finite number, or infinity, as a number or spelt "inf", where the range allows it.
  double number(const std::string& name, NumberRange range,
                std::optional<double> fallback = {}) const;
  bool flag(const std::string& name, std::optional<bool> fallback = {}) const;
  std::string text(const std::string& name, std::optional<std::string> fallback = {}) const;
  /// One of `choices`.
  std::string choice(const std::string& name, std::initializer_list<std::string_view> choices,
                     std::optional<std::string> fallback = {}) const;
  /// A list of 1 to `max_count` whole numbers.
  std::vector<std::int64_t> integers(const std::string& name, IntegerRange range,
                                     std::size_t max_count,
                                     std::optional<std::vector<std::int64_t>> fallback = {}) const;
  /// A list of 1 to `max_count` finite numbers.
  std::vector<double> numbers(const std::string& name, NumberRange range, std::size_t max_count,
                              std::optional<std::vector<double>> fallback = {}) const;
  std::vector<std::string> texts(const std::string& name, std::size_t max_count,
                                 std::optional<std::vector<std::string>> fallback = {}) const;
  /// An object within the object; empty when absent.
  Config section(const std::string& name) const;

  const nlohmann::json& values() const noexcept { return values_; }
  const std::string& path() const noexcept { return path_; }
  /// Throws FileError: "PATH: configuration 'num_heads': expected ..., found ...".
  [[noreturn]] void fail(const std::string& name, const std::string& expected) const;

 private:
  const nlohmann::json* find(const std::string& name) const;
  template <class T>
  T absent(const std::string& name, const std::optional<T>& fallback) const;

  std::string path_;
  nlohmann::json values_;
};

}  // namespace modeseek::networks
