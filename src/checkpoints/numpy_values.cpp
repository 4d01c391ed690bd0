#include "checkpoints/numpy_values.hpp"

#include <array>
#include <cstring>
#include <utility>

#include "checkpoints/layout.hpp"
#include "checkpoints/messages.hpp"

namespace modeseek::checkpoints::pickle {
namespace {

constexpr std::array<std::pair<std::string_view, DType>, 12> type_names{{{"f2", DType::f16},
                                                                         {"f4", DType::f32},
                                                                         {"f8", DType::f64},
                                                                         {"i1", DType::i8},
                                                                         {"i2", DType::i16},
                                                                         {"i4", DType::i32},
                                                                         {"i8", DType::i64},
                                                                         {"u1", DType::u8},
                                                                         {"u2", DType::u16},
                                                                         {"u4", DType::u32},
                                                                         {"u8", DType::u64},
                                                                         {"b1", DType::boolean}}};

template <class T>
T load(const Bytes& bytes) {
  T value{};
  std::memcpy(&value, bytes.bytes.data(), sizeof value);
  return value;
}

template <class T>
Value* integer(Heap& heap, const Bytes& bytes) {
  return heap.make(static_cast<std::int64_t>(load<T>(bytes)));
}

/// Strides in elements of a contiguous array; the first axis is the fastest in Fortran's order.
std::vector<std::int64_t> packed_strides(const std::vector<std::int64_t>& shape, bool fortran) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t axis = fortran ? i : shape.size() - 1 - i;
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

const Tensor* make_array(Heap& heap, std::vector<std::int64_t> shape, DType type, bool fortran,
                         const Bytes& bytes) {
  const auto count = checked_count(shape, type);
  if (!count || static_cast<std::uint64_t>(*count) * size_of(type) != bytes.bytes.size()) {
    heap.fail("holds a NumPy array " + to_string(type) + to_string(shape) + " of " +
              std::to_string(bytes.bytes.size()) + " bytes");
  }
  Storage* storage = heap.make_storage();
  *storage = {type, *count, bytes.bytes, true};
  Tensor* tensor = heap.make_tensor();
  tensor->storage = storage;
  tensor->strides = packed_strides(shape, fortran);
  tensor->shape = std::move(shape);
  return tensor;
}

}  // namespace

Value* numpy_type(Heap& heap, std::string_view name) {
  const std::string_view bare =
      name.starts_with('<') || name.starts_with('|') ? name.substr(1) : name;
  for (const auto& [known, type] : type_names) {
    if (known == bare) return heap.make(NumpyType{type});
  }
  heap.fail("refused: holds NumPy data of type " + in_quotes(name));
}

void check_numpy_type_state(Heap& heap, const Value* state) {
  const auto* items = as<Tuple>(state);
  const auto* order =
      items != nullptr && items->items.size() > 1 ? as<Text>(items->items[1]) : nullptr;
  if (order == nullptr || (order->text != "<" && order->text != "|" && order->text != "=")) {
    heap.fail("refused: holds NumPy data that is not little endian");
  }
}

Value* numpy_scalar(Heap& heap, const NumpyType& type, const Bytes& bytes) {
  if (bytes.bytes.size() != size_of(type.type)) heap.fail("holds a NumPy scalar of wrong size");
  switch (type.type) {
    case DType::boolean:
      return heap.make(load<std::uint8_t>(bytes) != 0);
    case DType::i8:
      return integer<std::int8_t>(heap, bytes);
    case DType::i16:
      return integer<std::int16_t>(heap, bytes);
    case DType::i32:
      return integer<std::int32_t>(heap, bytes);
    case DType::i64:
      return integer<std::int64_t>(heap, bytes);
    case DType::u8:
      return integer<std::uint8_t>(heap, bytes);
    case DType::u16:
      return integer<std::uint16_t>(heap, bytes);
    case DType::u32:
      return integer<std::uint32_t>(heap, bytes);
    case DType::f32:
      return heap.make(static_cast<double>(load<float>(bytes)));
    case DType::f64:
      return heap.make(load<double>(bytes));
    case DType::u64:
    case DType::f16:
    case DType::bf16:
      break;
  }
  heap.fail("refused: holds a NumPy scalar of type " + to_string(type.type));
}

const Tensor* numpy_array(Heap& heap, const Value* state) {
  const auto* tuple = as<Tuple>(state);
  if (tuple == nullptr || tuple->items.size() != 5)
    heap.fail("holds a NumPy array without a state");
  const auto* axes = as<Tuple>(tuple->items[1]);
  const auto* type = as<NumpyType>(tuple->items[2]);
  const auto* fortran = as<bool>(tuple->items[3]);
  const auto* bytes = as<Bytes>(tuple->items[4]);
  if (axes == nullptr || type == nullptr || fortran == nullptr || bytes == nullptr) {
    heap.fail("holds a NumPy array with a bad state");
  }
  std::vector<std::int64_t> shape;
  for (const Value* axis : axes->items) {
    const auto* size = as<std::int64_t>(axis);
    if (size == nullptr || shape.size() == max_axes) heap.fail("holds a NumPy array of bad shape");
    shape.push_back(*size);
  }
  return make_array(heap, std::move(shape), type->type, *fortran, *bytes);
}

Value* numpy_from_buffer(Heap& heap, const Bytes& bytes, const NumpyType& type,
                         std::vector<std::int64_t> shape, std::string_view order) {
  const bool fortran = order == "F";
  return heap.make(TensorRef{make_array(heap, std::move(shape), type.type, fortran, bytes)});
}

}  // namespace modeseek::checkpoints::pickle
