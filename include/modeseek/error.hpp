#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace modeseek {

/// Base of every exception that the library throws on purpose. `what()` is one line, in plain
/// words, and names what was wrong, what was expected and what was found.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A value given by the caller is outside what the function accepts (shape, range, NaN, ...).
class InvalidArgument : public Error {
 public:
  using Error::Error;
};

/// A file is missing, unreadable, unwritable or malformed. `what()` starts with the path.
class FileError : public Error {
 public:
  FileError(std::string_view path, std::string_view problem)
      : Error(std::string(path) + ": " + std::string(problem)), path_(path) {}

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// A text (a task specification, say) does not follow its grammar. `position()` is the zero-based
/// index of the offending character; `what()` repeats the text and states the position.
class ParseError : public Error {
 public:
  ParseError(std::string_view text, std::size_t position, std::string_view problem)
      : Error(std::string(problem) + " at character " + std::to_string(position + 1) + " of '" +
              std::string(text) + "'"),
        text_(text),
        position_(position) {}

  const std::string& text() const noexcept { return text_; }
  std::size_t position() const noexcept { return position_; }

 private:
  std::string text_;
  std::size_t position_;
};

/// A job needs more memory than it may use; thrown before the memory is taken.
class OutOfMemory : public Error {
 public:
  OutOfMemory(std::string_view what, std::uint64_t needed_bytes, std::uint64_t limit_bytes)
      : Error(std::string(what) + ": needs " + std::to_string(needed_bytes >> 20) +
              " MiB of memory, " + std::to_string(limit_bytes >> 20) + " MiB are available"),
        needed_(needed_bytes),
        limit_(limit_bytes) {}

  std::uint64_t needed_bytes() const noexcept { return needed_; }
  std::uint64_t limit_bytes() const noexcept { return limit_; }

 private:
  std::uint64_t needed_;
  std::uint64_t limit_;
};

/// A solver cannot treat this measurement: it needs a property that the operator does not have.
class NotApplicable : public Error {
 public:
  NotApplicable(std::string_view solver, std::string_view reason)
      : Error(std::string(solver) + " is not applicable: " + std::string(reason)),
        reason_(reason) {}

  /// Why, without the solver's name: "it needs singular values, which this operator does not
  /// offer".
  const std::string& reason() const noexcept { return reason_; }

 private:
  std::string reason_;
};

/// The caller's progress callback asked to stop.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled") {}
};

}  // namespace modeseek
