#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace modeseek {

/// Reads the words, numbers and file names of a task text, left to right, spaces skipped. Every
/// failure is a ParseError that points at the character where the thing began.
class TaskScanner {
 public:
  explicit TaskScanner(std::string_view text) : text_(text) {}

  /// Position of the next character that is no space.
  std::size_t position();
  bool at_end() { return position() == text_.size(); }

  /// Consumes `c` if it comes next.
  bool accept(char c);
  /// Consumes `c`; `where` ends the message: "expected '(' after inpaint".
  void expect(char c, std::string_view where);
  /// Consumes ',' or ';', which mean the same, if one comes next.
  bool accept_separator();
  void expect_separator(std::string_view where);

  /// True when a letter comes next.
  bool at_word();
  /// A letter, then letters, digits and '-'; empty when no letter comes next.
  std::string_view word();
  /// A finite number in [low, high].
  double number(std::string_view name, double low, double high);
  /// Decimal digits, value in [low, high].
  std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high);
  /// Decimal digits, any 64-bit value.
  std::uint64_t seed();
  /// A file name: either bare, up to one of , ; ( ) " or a space, or in double quotes, where \" and
  /// \\ stand for " and \.
  std::string file_name();

  [[noreturn]] void fail(std::size_t position, std::string_view problem) const;
  /// Says that `word` is none of `known`, and which of them is nearest.
  [[noreturn]] void fail_unknown(std::size_t position, std::string_view kind, std::string_view word,
                                 std::span<const std::string_view> known) const;
  /// "found 'x'" or "found the end".
  std::string found();

 private:
  std::string quoted_name();

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace modeseek
