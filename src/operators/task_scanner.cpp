#include "operators/task_scanner.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <vector>

#include "modeseek/error.hpp"

namespace modeseek {
namespace {

constexpr std::size_t kShownText = 200;
constexpr std::size_t kShownWord = 40;
constexpr std::string_view kBareNameEnd = ",;()\" \t";

// std::isalpha and friends depend on the locale.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);  // char is unsigned on ARM, signed on x86
  return code < 0x20 || code == 0x7f;
}

/// One line whatever the text holds.
std::string printable(std::string_view text) {
  std::string line(text);
  std::replace_if(line.begin(), line.end(), is_control, '?');
  return line;
}

std::string shortened(std::string_view text, std::size_t length) {
  if (text.size() <= length) return printable(text);
  return printable(text.substr(0, length)) + "...";
}

/// Single-character edits between a and b (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string number_text(double value) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

}  // namespace

std::size_t TaskScanner::position() {
  while (position_ < text_.size() && is_space(text_[position_])) ++position_;
  return position_;
}

std::string TaskScanner::found() {
  if (at_end()) return "found the end";
  return "found '" + printable(text_.substr(position_, 1)) + "'";
}

bool TaskScanner::accept(char c) {
  if (at_end() || text_[position_] != c) return false;
  ++position_;
  return true;
}

void TaskScanner::expect(char c, std::string_view where) {
  if (accept(c)) return;
  fail(position(), "expected '" + std::string(1, c) + "' " + std::string(where) + ", " + found());
}

bool TaskScanner::accept_separator() { return accept(',') || accept(';'); }

void TaskScanner::expect_separator(std::string_view where) {
  if (accept_separator()) return;
  fail(position(), "expected ',' " + std::string(where) + ", " + found());
}

bool TaskScanner::at_word() { return !at_end() && is_letter(text_[position_]); }

std::string_view TaskScanner::word() {
  if (!at_word()) return {};
  const std::size_t start = position_;
  while (position_ < text_.size() &&
         (is_letter(text_[position_]) || is_digit(text_[position_]) || text_[position_] == '-')) {
    ++position_;
  }
  return text_.substr(start, position_ - start);
}

double TaskScanner::number(std::string_view name, double low, double high) {
  const std::size_t start = position();
  const std::string range =
      std::string(name) + " must be a number from " + number_text(low) + " to " + number_text(high);
  double value = 0;
  const auto [end, problem] =
      std::from_chars(text_.data() + start, text_.data() + text_.size(), value);
  if (problem == std::errc::invalid_argument) fail(start, range + ", " + found());
  const auto length = static_cast<std::size_t>(end - (text_.data() + start));
  if (problem != std::errc() || !(value >= low && value <= high)) {
    fail(start, range + ", found " + shortened(text_.substr(start, length), kShownWord));
  }
  position_ += length;
  return value;
}

std::int64_t TaskScanner::integer(std::string_view name, std::int64_t low, std::int64_t high) {
  const std::size_t start = position();
  const std::string range = std::string(name) + " must be an integer from " + std::to_string(low) +
                            " to " + std::to_string(high);
  std::int64_t value = 0;
  const auto [end, problem] =
      std::from_chars(text_.data() + start, text_.data() + text_.size(), value);
  if (problem == std::errc::invalid_argument) fail(start, range + ", " + found());
  const auto length = static_cast<std::size_t>(end - (text_.data() + start));
  if (problem != std::errc() || value < low || value > high) {
    fail(start, range + ", found " + shortened(text_.substr(start, length), kShownWord));
  }
  position_ += length;
  return value;
}

std::uint64_t TaskScanner::seed() {
  const std::size_t start = position();
  std::uint64_t value = 0;
  const auto [end, problem] =
      std::from_chars(text_.data() + start, text_.data() + text_.size(), value);
  if (problem == std::errc::invalid_argument) {
    fail(start, "seed must be an integer, not negative, " + found());
  }
  if (problem != std::errc()) fail(start, "seed must be below 2^64");
  position_ = static_cast<std::size_t>(end - text_.data());
  return value;
}

std::string TaskScanner::file_name() {
  if (accept('"')) return quoted_name();
  const std::size_t start = position();
  while (position_ < text_.size() &&
         kBareNameEnd.find(text_[position_]) == std::string_view::npos) {
    if (is_control(text_[position_])) fail(position_, "control character in a file name");
    ++position_;
  }
  if (position_ == start) fail(start, "expected a file name, " + found());
  return std::string(text_.substr(start, position_ - start));
}

std::string TaskScanner::quoted_name() {
  const std::size_t start = position_ - 1;
  std::string name;
  while (position_ < text_.size() && text_[position_] != '"') {
    if (is_control(text_[position_])) fail(position_, "control character in a file name");
    if (text_[position_] == '\\') {
      const bool known = position_ + 1 < text_.size() &&
                         (text_[position_ + 1] == '"' || text_[position_ + 1] == '\\');
      if (!known) fail(position_, "expected \\\" or \\\\ in a quoted file name");
      ++position_;
    }
    name += text_[position_++];
  }
  if (position_ == text_.size()) fail(start, "file name without a closing quote");
  ++position_;
  if (name.empty()) fail(start, "empty file name");
  return name;
}

void TaskScanner::fail(std::size_t position, std::string_view problem) const {
  throw ParseError(shortened(text_, std::max(kShownText, position + 1)), position, problem);
}

void TaskScanner::fail_unknown(std::size_t position, std::string_view kind, std::string_view word,
                               std::span<const std::string_view> known) const {
  std::string list;
  std::string_view nearest;
  const std::string_view compared = word.substr(0, kShownWord);
  // A suggestion is worth making when at most a third of the word is wrong.
  std::size_t best = std::max<std::size_t>(1, compared.size() / 3) + 1;
  for (const std::string_view name : known) {
    list += (list.empty() ? "" : ", ") + std::string(name);
    const std::size_t distance = edit_distance(compared, name);
    if (distance < best) {
      best = distance;
      nearest = name;
    }
  }
  std::string problem = "unknown " + std::string(kind) + " '" + shortened(word, kShownWord) + "'";
  if (!nearest.empty()) problem += ", did you mean '" + std::string(nearest) + "'?";
  fail(position, problem + " (known: " + list + ")");
}

}  // namespace modeseek
