#include "checkpoints/pickle_value.hpp"

#include <algorithm>

#include "checkpoints/messages.hpp"
#include "modeseek/error.hpp"

namespace modeseek::checkpoints::pickle {
namespace {

/// No checkpoint comes near: the largest published ones hold some 100000 values.
constexpr std::size_t max_items = std::size_t{1} << 24U;
constexpr std::size_t slack = std::size_t{1} << 16U;

struct Describe {
  std::string operator()(const None&) const { return "None"; }
  std::string operator()(bool) const { return "a boolean"; }
  std::string operator()(std::int64_t) const { return "an integer"; }
  std::string operator()(const BigInteger&) const { return "a long integer"; }
  std::string operator()(double) const { return "a number"; }
  std::string operator()(const Text&) const { return "a text"; }
  std::string operator()(const Bytes&) const { return "bytes"; }
  std::string operator()(const List&) const { return "a list"; }
  std::string operator()(const Tuple&) const { return "a tuple"; }
  std::string operator()(const Set&) const { return "a set"; }
  std::string operator()(const Dict&) const { return "a dict"; }
  std::string operator()(const Global& global) const {
    return "the name " + in_quotes(global.name);
  }
  std::string operator()(const Object& object) const {
    return "an object of class " + in_quotes(object.class_name);
  }
  std::string operator()(const StorageRef&) const { return "a storage"; }
  std::string operator()(const TensorRef&) const { return "a tensor"; }
  std::string operator()(const NumpyType&) const { return "a NumPy type"; }
};

}  // namespace

const Items* items_of(const Value* value) {
  if (const auto* list = as<List>(value)) return &list->items;
  if (const auto* tuple = as<Tuple>(value)) return &tuple->items;
  if (const auto* set = as<Set>(value)) return &set->items;
  return nullptr;
}

std::string describe(const Value* value) {
  return value == nullptr ? "nothing" : std::visit(Describe{}, value->is);
}

Heap::Heap(std::string path, std::size_t file_bytes)
    : path_(std::move(path)),
      items_left_(slack + std::min(max_items, file_bytes)),
      bytes_left_(slack + 2 * file_bytes) {}

std::string_view Heap::keep(std::string text) {
  spend_bytes(text.size());
  return texts_.emplace_back(std::move(text));
}

void Heap::spend_items(std::size_t count) {
  if (count > items_left_)
    fail("refused: describes far more values than a file of its size should");
  items_left_ -= count;
}

void Heap::spend_bytes(std::size_t count) {
  if (count > bytes_left_) fail("refused: unfolds into far more bytes than the file has");
  bytes_left_ -= count;
}

const Value* Heap::find(const Dict& dict, std::string_view name) {
  spend_items(dict.members.size());
  const Value* found = nullptr;
  for (const auto& [key, value] : dict.members) {
    const auto* text = as<Text>(key);
    if (text != nullptr && text->text == name) found = value;
  }
  return found;
}

void Heap::fail(const std::string& problem) const { throw FileError(path_, problem); }

}  // namespace modeseek::checkpoints::pickle
