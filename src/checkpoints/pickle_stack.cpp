#include "checkpoints/pickle_stack.hpp"

#include <bit>
#include <cstring>

namespace modeseek::checkpoints::pickle {

std::span<const std::byte> Cursor::take(std::uint64_t count) {
  if (count > bytes_.size() - position_) fail("ends too early");
  const auto taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
  position_ += taken.size();
  return taken;
}

std::uint64_t Cursor::number(std::size_t size) {
  std::uint64_t value = 0;
  std::memcpy(&value, take(size).data(), size);
  return value;
}

double Cursor::big_endian_double() {
  std::uint64_t bits = 0;
  for (const std::byte byte : take(8)) bits = bits << 8 | std::to_integer<std::uint64_t>(byte);
  return std::bit_cast<double>(bits);
}

std::string_view Cursor::line() {
  const std::string_view rest = as_text(bytes_.subspan(position_));
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) fail("ends too early");
  position_ += end + 1;
  return rest.substr(0, end);
}

void Cursor::fail(const std::string& problem) const {
  heap_.fail("the pickle " + problem + " (before byte " + std::to_string(position_) + ")");
}

Value* Stack::top() const {
  need(1);
  return values_.back();
}

Value* Stack::pop() {
  need(1);
  Value* value = values_.back();
  values_.pop_back();
  return value;
}

Items Stack::pop_last(std::size_t count) {
  need(count);
  return cut(values_.size() - count);
}

Items Stack::pop_to_mark() {
  if (marks_.empty()) cursor_.fail("has no mark on its stack");
  const std::size_t from = marks_.back();
  marks_.pop_back();
  return cut(from);
}

void Stack::need(std::size_t count) const {
  const std::size_t floor = marks_.empty() ? 0 : marks_.back();
  if (values_.size() - floor < count) cursor_.fail("takes a value from an empty stack");
}

Items Stack::cut(std::size_t from) {
  const auto first = values_.begin() + static_cast<std::ptrdiff_t>(from);
  Items items(first, values_.end());
  values_.erase(first, values_.end());
  return items;
}

}  // namespace modeseek::checkpoints::pickle
