#include "modeseek/solver_registry.hpp"

#include <algorithm>

#include "modeseek/error.hpp"
#include "solvers/one_pixel.hpp"
#include "solvers/solver_kind.hpp"

namespace modeseek {
namespace {

const std::vector<SolverKind>& kinds() {
  static const std::vector<SolverKind> all{
      vml_map_kind(), ddrm_kind(), ddnm_kind(),     ddnm_plus_kind(), pigdm_kind(), dps_kind(),
      diffpir_kind(), daps_kind(), red_diff_kind(), tmpd_kind(),      map_ga_kind()};
  return all;
}

std::string known_solvers() {
  std::string names;
  for (const SolverKind& kind : kinds()) names += (names.empty() ? "" : ", ") + kind.entry.name;
  return names;
}

const SolverKind* find_kind(const std::string& name) {
  const auto found = std::find_if(kinds().begin(), kinds().end(),
                                  [&](const SolverKind& kind) { return kind.entry.name == name; });
  return found == kinds().end() ? nullptr : &*found;
}

bool has_setting(const SolverEntry& entry, const std::string& name) {
  return std::any_of(entry.settings.begin(), entry.settings.end(),
                     [&](const SolverSetting& setting) { return setting.name == name; });
}

std::string unknown_solver(const std::string& name) {
  return "unknown solver '" + name + "' (known: " + known_solvers() + ")";
}

std::string unknown_setting(const SolverEntry& entry, const std::string& name) {
  std::string known;
  for (const SolverSetting& setting : entry.settings) {
    known += (known.empty() ? "" : ", ") + setting.name;
  }
  return "'" + name + "' is no setting of " + entry.name + " (known: " + known + ")";
}

/// Takes a spec's text apart: name [ "(" key "=" value { "," key "=" value } ")" ].
class SpecParser {
 public:
  explicit SpecParser(std::string_view text) : text_(text) {}

  SolverSpec parse() {
    SolverSpec spec;
    const std::size_t start = skip_blanks();
    spec.name = word("(");
    const SolverKind* kind = find_kind(spec.name);
    if (kind == nullptr) fail(start, unknown_solver(spec.name));
    if (position_ < text_.size()) settings(kind->entry, spec);
    return spec;
  }

 private:
  void settings(const SolverEntry& entry, SolverSpec& spec) {
    ++position_;  // the bracket at which the name ended
    do {
      const std::size_t start = skip_blanks();
      const std::string key = word("=,)");
      if (!has_setting(entry, key)) fail(start, unknown_setting(entry, key));
      if (peek() != '=') fail(position_, "expected '='");
      ++position_;
      const std::size_t value_start = skip_blanks();
      const std::string value = word(",)");
      if (value.empty()) fail(value_start, "expected a value for '" + key + "'");
      if (!spec.settings.emplace(key, value).second) fail(start, "'" + key + "' is given twice");
    } while (peek() == ',' && ++position_ > 0);
    if (peek() != ')') fail(position_, "expected ')'");
    ++position_;
    if (skip_blanks() != text_.size()) fail(position_, "unexpected text");
  }

  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }

  std::size_t skip_blanks() {
    while (peek() == ' ') ++position_;
    return position_;
  }

  /// Up to one of `stops` or the end, blanks at the end dropped.
  std::string word(std::string_view stops) {
    const std::size_t end = std::min(text_.find_first_of(stops, position_), text_.size());
    std::string result(text_.substr(position_, end - position_));
    result.erase(result.find_last_not_of(' ') + 1);
    position_ = end;
    return result;
  }

  [[noreturn]] void fail(std::size_t position, const std::string& problem) const {
    throw ParseError(text_, position, problem);
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

const std::vector<SolverEntry>& solver_registry() {
  static const std::vector<SolverEntry> entries = [] {
    std::vector<SolverEntry> result;
    for (const SolverKind& kind : kinds()) result.push_back(kind.entry);
    return result;
  }();
  return entries;
}

SolverSpec SolverSpec::parse(std::string_view text) { return SpecParser(text).parse(); }

std::string SolverSpec::text() const {
  std::string list;
  for (const auto& [key, value] : settings) list += (list.empty() ? "" : ",") + key + "=" + value;
  return list.empty() ? name : name + "(" + list + ")";
}

std::unique_ptr<Solver> make_solver(const SolverSpec& spec, const Operator& op, float noise) {
  const SolverKind* kind = find_kind(spec.name);
  if (kind == nullptr) throw InvalidArgument(unknown_solver(spec.name));
  for (const auto& [name, value] : spec.settings) {
    if (!has_setting(kind->entry, name)) throw InvalidArgument(unknown_setting(kind->entry, name));
  }
  SettingsReader settings(spec.settings);
  return kind->make(settings, op, noise);
}

void check_solver(const SolverSpec& spec) { make_solver(spec, OnePixel(), 1.0F); }

}  // namespace modeseek
