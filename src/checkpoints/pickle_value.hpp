#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "checkpoints/checkpoint.hpp"

/// What a pickle describes, as plain data. Values refer to each other by pointer, as Python's do: a
/// value may be shared, and a list may hold itself. A `Heap` owns all of them and frees them at
/// once, so that neither cycles nor depth matter. Texts and bytes are views into the file.
namespace modeseek::checkpoints::pickle {

struct Value;
using Items = std::vector<Value*>;

struct None {};
/// An integer of more than 64 bits, little endian two's complement.
struct BigInteger {
  std::string_view bytes;
};
struct Text {
  std::string_view text;  ///< valid UTF-8
};
struct Bytes {
  std::span<const std::byte> bytes;
};
struct List {
  Items items;
};
struct Tuple {
  Items items;
};
struct Set {
  Items items;
};
/// Members in the order of the file; of two with the same key the later one counts.
struct Dict {
  std::vector<std::pair<Value*, Value*>> members;
};

/// The functions and classes that checkpoints name, by what modeseek does for them.
enum class Role : std::uint8_t {
  ordered_dict,
  easy_dict,
  set,
  rebuild_tensor,
  rebuild_parameter,
  load_from_bytes,
  size,
  device,
  storage_class,
  numpy_reconstruct,
  numpy_from_buffer,
  numpy_scalar,
  numpy_array_class,
  numpy_dtype_class,
  encode,
  persistent_object,
  inert_class,  ///< instances are kept as `Object`
  inert         ///< may be named, cannot be called
};
struct Global {
  Role role;
  DType type;  ///< of a storage class
  std::string_view name;
};

/// An instance of a class that modeseek knows only by name: its attributes, nothing run.
struct Object {
  std::string_view class_name;
  const Value* state;  ///< a dict; null until it is known
};

/// Elements in the file, shared by tensors.
struct Storage {
  DType type = DType::f32;
  std::int64_t count = 0;
  std::span<const std::byte> bytes;  ///< known once `resolved`
  bool resolved = false;
};
struct StorageRef {
  Storage* storage;
};

/// A view of a storage; offset and strides count elements. It lies inside the storage.
struct Tensor {
  const Storage* storage = nullptr;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};
struct TensorRef {
  const Tensor* tensor;  ///< null: a NumPy array that awaits its state
};
struct NumpyType {
  DType type;
};

struct Value {
  std::variant<None, bool, std::int64_t, BigInteger, double, Text, Bytes, List, Tuple, Set, Dict,
               Global, Object, StorageRef, TensorRef, NumpyType>
      is;
};

/// The value as a T, or null.
template <class T>
T* as(Value* value) {
  return value == nullptr ? nullptr : std::get_if<T>(&value->is);
}
template <class T>
const T* as(const Value* value) {
  return value == nullptr ? nullptr : std::get_if<T>(&value->is);
}
/// The items of a list, tuple or set, or null.
const Items* items_of(const Value* value);
/// "a list", "the class `torch.FloatStorage`", for messages.
std::string describe(const Value* value);

/// Storages of one file by their key.
using StorageTable = std::map<std::string_view, Storage*>;

/// Owns the values of one file and bounds what reading it may cost: a pickle can refer to one value
/// many times, so that whoever copies or visits values pays from a budget linear in the file's
/// size.
class Heap {
 public:
  Heap(std::string path, std::size_t file_bytes);

  template <class T>
  Value* make(T content) {
    return &values_.emplace_back(Value{std::move(content)});
  }
  Storage* make_storage() { return &storages_.emplace_back(); }
  Tensor* make_tensor() { return &tensors_.emplace_back(); }
  /// A text that the file does not hold in this form.
  std::string_view keep(std::string text);
  /// Moves the kept texts out, for whoever uses views of them after the heap is gone.
  std::deque<std::string> release_texts() { return std::move(texts_); }

  /// Accounts for visiting or copying `count` values; throws FileError beyond the budget.
  void spend_items(std::size_t count);
  /// Accounts for copying `count` bytes; throws FileError beyond the budget.
  void spend_bytes(std::size_t count);

  /// The last member of that name, or null.
  const Value* find(const Dict& dict, std::string_view name);

  const std::string& path() const noexcept { return path_; }
  [[noreturn]] void fail(const std::string& problem) const;

 private:
  std::string path_;
  std::size_t items_left_;
  std::size_t bytes_left_;
  std::deque<Value> values_;
  std::deque<Storage> storages_;
  std::deque<Tensor> tensors_;
  std::deque<std::string> texts_;
};

}  // namespace modeseek::checkpoints::pickle
