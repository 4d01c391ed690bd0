#pragma once

#include <map>
#include <string>
#include <vector>

namespace modeseek {

/// Reads the settings of a SolverSpec, in the order in which a solver wants them, and keeps a
/// record of every value, given or standard. Throws InvalidArgument that names the setting, what
/// was expected and what was found.
class SettingsReader {
 public:
  /// `given` must outlive the reader.
  explicit SettingsReader(const std::map<std::string, std::string>& given) : given_(given) {}

  /// low <= value <= high
  int integer(const std::string& name, int standard, int low, int high);
  /// low <= value <= high, finite
  float number(const std::string& name, float standard, float low, float high);
  /// A finite number above zero.
  float positive(const std::string& name, float standard);
  /// One of `words`.
  std::string choice(const std::string& name, const std::string& standard,
                     const std::vector<std::string>& words);
  bool flag(const std::string& name, bool standard);

  bool any_given(const std::vector<std::string>& names) const;
  /// Throws when one of `names` is given: settings that mean something with `wanted` only.
  void refuse_given(const std::vector<std::string>& names, const std::string& wanted) const;

  /// "steps=20, eta=0.85", in reading order.
  const std::string& record() const { return record_; }

 private:
  const std::string* find(const std::string& name) const;
  void keep(const std::string& name, const std::string& value);

  const std::map<std::string, std::string>& given_;
  std::string record_;
};

}  // namespace modeseek
