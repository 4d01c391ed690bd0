#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoints/pickle_value.hpp"

/// What the pickle interpreter reads from and works on.
namespace modeseek::checkpoints::pickle {

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads a pickle's bytes in order. Every function throws FileError at the end of the bytes.
class Cursor {
 public:
  Cursor(const Heap& heap, std::span<const std::byte> bytes, std::size_t begin)
      : heap_(heap), bytes_(bytes), position_(begin) {}

  std::size_t position() const noexcept { return position_; }
  std::span<const std::byte> take(std::uint64_t count);
  /// An unsigned little-endian integer of up to 8 bytes.
  std::uint64_t number(std::size_t size);
  double big_endian_double();
  /// Up to the next line feed, which is dropped.
  std::string_view line();

  /// Throws FileError "the pickle `problem`" with the position.
  [[noreturn]] void fail(const std::string& problem) const;

 private:
  const Heap& heap_;
  std::span<const std::byte> bytes_;
  std::size_t position_;
};

/// The interpreter's stack, divided by marks; nothing below the last mark can be taken. Throws
/// FileError (from the cursor, for the position) when it holds too little.
class Stack {
 public:
  explicit Stack(const Cursor& cursor) : cursor_(cursor) {}

  void push(Value* value) { values_.push_back(value); }
  void mark() { marks_.push_back(values_.size()); }
  Value* top() const;
  Value* pop();
  /// The last values, in the order in which they were pushed.
  Items pop_last(std::size_t count);
  /// All values above the last mark, and the mark.
  Items pop_to_mark();

 private:
  void need(std::size_t count) const;
  Items cut(std::size_t from);

  const Cursor& cursor_;
  Items values_;
  std::vector<std::size_t> marks_;
};

}  // namespace modeseek::checkpoints::pickle
