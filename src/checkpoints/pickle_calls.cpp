#include "checkpoints/pickle_calls.hpp"

#include <array>
#include <cstring>
#include <optional>

#include "checkpoints/layout.hpp"
#include "checkpoints/messages.hpp"
#include "checkpoints/numpy_values.hpp"
#include "checkpoints/tensor_view.hpp"

namespace modeseek::checkpoints::pickle {
namespace {

struct KnownName {
  std::string_view module;
  std::string_view name;
  Role role;
};

constexpr std::array<KnownName, 29> known_names{
    {{"collections", "OrderedDict", Role::ordered_dict},
     {"dnnlib.util", "EasyDict", Role::easy_dict},
     {"dnnlib", "EasyDict", Role::easy_dict},
     {"builtins", "set", Role::set},
     {"builtins", "frozenset", Role::set},
     {"__builtin__", "set", Role::set},
     {"__builtin__", "frozenset", Role::set},
     {"torch._utils", "_rebuild_tensor", Role::rebuild_tensor},
     {"torch._utils", "_rebuild_tensor_v2", Role::rebuild_tensor},
     {"torch._utils", "_rebuild_parameter", Role::rebuild_parameter},
     {"torch._utils", "_rebuild_parameter_with_state", Role::rebuild_parameter},
     {"torch.storage", "_load_from_bytes", Role::load_from_bytes},
     {"torch", "Size", Role::size},
     {"torch", "device", Role::device},
     {"torch", "float16", Role::inert},
     {"torch", "bfloat16", Role::inert},
     {"torch", "float32", Role::inert},
     {"torch", "float64", Role::inert},
     {"torch_utils.persistence", "_reconstruct_persistent_obj", Role::persistent_object},
     {"argparse", "Namespace", Role::inert_class},
     {"_codecs", "encode", Role::encode},
     {"numpy", "ndarray", Role::numpy_array_class},
     {"numpy", "dtype", Role::numpy_dtype_class},
     {"numpy.core.multiarray", "_reconstruct", Role::numpy_reconstruct},
     {"numpy._core.multiarray", "_reconstruct", Role::numpy_reconstruct},
     {"numpy.core.multiarray", "scalar", Role::numpy_scalar},
     {"numpy._core.multiarray", "scalar", Role::numpy_scalar},
     {"numpy.core.numeric", "_frombuffer", Role::numpy_from_buffer},
     {"numpy._core.numeric", "_frombuffer", Role::numpy_from_buffer}}};

struct StorageClass {
  std::string_view name;
  DType type;
};

constexpr std::array<StorageClass, 11> storage_classes{{{"FloatStorage", DType::f32},
                                                        {"DoubleStorage", DType::f64},
                                                        {"HalfStorage", DType::f16},
                                                        {"BFloat16Storage", DType::bf16},
                                                        {"CharStorage", DType::i8},
                                                        {"ShortStorage", DType::i16},
                                                        {"IntStorage", DType::i32},
                                                        {"LongStorage", DType::i64},
                                                        {"ByteStorage", DType::u8},
                                                        {"BoolStorage", DType::boolean},
                                                        {"UntypedStorage", DType::u8}}};

/// The arguments of a call, looked at one by one.
class Arguments {
 public:
  Arguments(Heap& heap, std::string_view function, const Value* value)
      : heap_(heap), function_(function) {
    const auto* tuple = as<Tuple>(value);
    if (tuple == nullptr) heap.fail("calls " + in_quotes(function) + " without a tuple");
    items_ = &tuple->items;
  }

  std::size_t size() const { return items_->size(); }

  /// The argument at that place, or null when there are fewer.
  const Value* any(std::size_t index) const {
    return index < items_->size() ? (*items_)[index] : nullptr;
  }

  template <class T>
  const T& get(std::size_t index, const char* what) const {
    const auto* content = as<T>(any(index));
    if (content == nullptr) {
      heap_.fail("gives " + in_quotes(function_) + " " + describe(any(index)) + " in place of " +
                 what);
    }
    return *content;
  }

  /// A short tuple of integers: a shape, strides.
  std::vector<std::int64_t> sizes(std::size_t index, const char* what) const {
    std::vector<std::int64_t> result;
    for (const Value* item : get<Tuple>(index, what).items) {
      const auto* size = as<std::int64_t>(item);
      if (size == nullptr || result.size() == max_axes) {
        heap_.fail("gives " + in_quotes(function_) + " a bad " + what);
      }
      result.push_back(*size);
    }
    return result;
  }

 private:
  Heap& heap_;
  std::string_view function_;
  const Items* items_ = nullptr;
};

Value* make_dict(Heap& heap, const Arguments& arguments) {
  Dict dict;
  if (arguments.size() == 0) return heap.make(std::move(dict));
  const Items* pairs = items_of(arguments.any(0));
  if (pairs == nullptr) heap.fail("makes a dict from " + describe(arguments.any(0)));
  heap.spend_items(pairs->size());
  for (const Value* pair : *pairs) {
    const Items* items = items_of(pair);
    if (items == nullptr || items->size() != 2)
      heap.fail("makes a dict from items that are no pairs");
    dict.members.emplace_back((*items)[0], (*items)[1]);
  }
  return heap.make(std::move(dict));
}

Value* make_set(Heap& heap, const Arguments& arguments) {
  if (arguments.size() == 0) return heap.make(Set{});
  const Items* items = items_of(arguments.any(0));
  if (items == nullptr) heap.fail("makes a set from " + describe(arguments.any(0)));
  heap.spend_items(items->size());
  return heap.make(Set{*items});
}

/// _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks[, metadata])
Value* make_tensor(Heap& heap, const Arguments& arguments) {
  Tensor* tensor = heap.make_tensor();
  tensor->storage = arguments.get<StorageRef>(0, "a storage").storage;
  tensor->offset = arguments.get<std::int64_t>(1, "an offset");
  tensor->shape = arguments.sizes(2, "shape");
  tensor->strides = arguments.sizes(3, "strides");
  if (const std::string problem = layout_problem(*tensor); !problem.empty()) {
    heap.fail("holds a tensor that " + problem);
  }
  return heap.make(TensorRef{tensor});
}

Value* load_from_bytes(const Context& context, const Arguments& arguments) {
  const auto bytes = arguments.get<Bytes>(0, "bytes").bytes;
  if (!context.load_bytes) context.heap.fail("nests one saved storage in another");
  context.heap.spend_bytes(bytes.size());
  return context.load_bytes(bytes);
}

/// torch.Size(tuple): the tuple.
Value* make_size(Heap& heap, const Arguments& arguments) {
  const auto& tuple = arguments.get<Tuple>(0, "a tuple");
  heap.spend_items(tuple.items.size());
  return heap.make(tuple);
}

/// encode(text, 'latin1'): how protocol 2 stores bytes.
Value* encode(Heap& heap, const Arguments& arguments) {
  const std::string_view text = arguments.get<Text>(0, "a text").text;
  const std::string_view encoding = arguments.get<Text>(1, "an encoding").text;
  if (encoding != "latin1" && encoding != "latin-1") {
    heap.fail("refused: encodes a text as " + in_quotes(encoding));
  }
  heap.spend_bytes(text.size());
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      bytes += text[i];
    } else if (lead < 0xc4) {
      // Valid UTF-8 (checked when it was read), so that a second byte follows.
      bytes += static_cast<char>((lead & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f));
    } else {
      heap.fail("encodes a text that is not Latin-1");
    }
  }
  const std::string_view kept = heap.keep(std::move(bytes));
  return heap.make(Bytes{std::as_bytes(std::span(kept))});
}

/// NVlabs' torch_utils.persistence: a class that was pickled as its source text, which stays
/// unread.
Value* make_persistent(Heap& heap, const Arguments& arguments) {
  const auto& meta = arguments.get<Dict>(0, "a dict");
  const auto* type = as<Text>(heap.find(meta, "type"));
  const auto* name = as<Text>(heap.find(meta, "class_name"));
  const Value* state = heap.find(meta, "state");
  if (type == nullptr || type->text != "class" || name == nullptr || as<Dict>(state) == nullptr) {
    heap.fail("holds a persistent object without class_name and state");
  }
  return heap.make(Object{name->text, state});
}

std::string_view checked_class_name(Heap& heap, const Global& type) {
  if (type.role != Role::inert_class) {
    heap.fail("refused: this file asks to make a " + in_quotes(type.name));
  }
  return type.name;
}

/// The type is a class of torch.nn.modules: kept as data, as its attributes.
bool is_module_class(std::string_view module, std::string_view name) {
  return module.starts_with("torch.nn.modules.") && name.find('.') == std::string_view::npos;
}

}  // namespace

Value* look_up(Heap& heap, std::string_view module, std::string_view name) {
  for (const KnownName& known : known_names) {
    if (known.module == module && known.name == name) {
      return heap.make(Global{known.role, DType::f32, known.name});
    }
  }
  if (module == "torch" || module == "torch.cuda" || module == "torch.storage") {
    for (const StorageClass& known : storage_classes) {
      if (known.name == name) return heap.make(Global{Role::storage_class, known.type, known.name});
    }
  }
  if (is_module_class(module, name)) return heap.make(Global{Role::inert_class, DType::f32, name});
  constexpr std::size_t longest = 100;
  const std::string full =
      std::string(module.substr(0, longest)) + "." + std::string(name.substr(0, longest));
  const std::string quoted = in_quotes(full);
  heap.fail("refused: this file asks to run `" + quoted.substr(1, quoted.size() - 2) + "`");
}

Value* call(const Context& context, const Value* callable, const Value* arguments) {
  Heap& heap = context.heap;
  const auto* global = as<Global>(callable);
  if (global == nullptr) heap.fail("refused: this file asks to run " + describe(callable));
  const Arguments list(heap, global->name, arguments);
  switch (global->role) {
    case Role::ordered_dict:
    case Role::easy_dict:
      return make_dict(heap, list);
    case Role::set:
      return make_set(heap, list);
    case Role::rebuild_tensor:
      return make_tensor(heap, list);
    case Role::rebuild_parameter:
      return heap.make(list.get<TensorRef>(0, "a tensor"));
    case Role::load_from_bytes:
      return load_from_bytes(context, list);
    case Role::size:
      return make_size(heap, list);
    case Role::device:
      return heap.make(list.get<Text>(0, "a text"));
    case Role::encode:
      return encode(heap, list);
    case Role::persistent_object:
      return make_persistent(heap, list);
    case Role::numpy_reconstruct:
      return heap.make(TensorRef{nullptr});
    case Role::numpy_from_buffer:
      return numpy_from_buffer(heap, list.get<Bytes>(0, "bytes"), list.get<NumpyType>(1, "a type"),
                               list.sizes(2, "shape"), list.get<Text>(3, "an order").text);
    case Role::numpy_scalar:
      return numpy_scalar(heap, list.get<NumpyType>(0, "a type"), list.get<Bytes>(1, "bytes"));
    case Role::numpy_dtype_class:
      return numpy_type(heap, list.get<Text>(0, "a type").text);
    case Role::storage_class:
    case Role::numpy_array_class:
    case Role::inert_class:
    case Role::inert:
      break;
  }
  heap.fail("refused: this file asks to run " + describe(callable));
}

Value* instantiate(const Context& context, const Value* type, const Value* arguments) {
  Heap& heap = context.heap;
  const auto* global = as<Global>(type);
  if (global == nullptr) heap.fail("refused: this file asks to make a " + describe(type));
  const Arguments list(heap, global->name, arguments);
  if (global->role == Role::ordered_dict || global->role == Role::easy_dict) {
    return make_dict(heap, list);
  }
  return heap.make(Object{checked_class_name(heap, *global), nullptr});
}

void set_state(const Context& context, Value* object, const Value* state) {
  Heap& heap = context.heap;
  if (auto* instance = as<Object>(object)) {
    if (as<Dict>(state) == nullptr) heap.fail("sets the attributes of an object without a dict");
    instance->state = state;
    return;
  }
  // A dict's own attributes, such as the version numbers of torch's state dicts, are not needed.
  if (as<Dict>(object) != nullptr) return;
  if (as<NumpyType>(object) != nullptr) return check_numpy_type_state(heap, state);
  if (auto* array = as<TensorRef>(object); array != nullptr && array->tensor == nullptr) {
    array->tensor = numpy_array(heap, state);
    return;
  }
  heap.fail("refused: this file sets the state of " + describe(object));
}

Value* persistent_storage(const Context& context, const Value* id) {
  Heap& heap = context.heap;
  const Arguments list(heap, "persistent_id", id);
  if (list.get<Text>(0, "'storage'").text != "storage") heap.fail("has an unknown persistent id");
  const auto& type = list.get<Global>(1, "a storage class");
  if (type.role != Role::storage_class)
    heap.fail("takes `" + std::string(type.name) + "` for a storage");
  const std::string_view key = list.get<Text>(2, "a key").text;
  const std::int64_t count = list.get<std::int64_t>(4, "a count");
  constexpr std::size_t longest_key = 200;
  if (key.size() > longest_key) heap.fail("names a storage with a key that is too long");
  if (!checked_count(std::array{count}, type.type)) heap.fail("has a storage of impossible size");
  if (list.any(5) != nullptr && as<None>(list.any(5)) == nullptr) {
    heap.fail("has views of storages, which PyTorch wrote before 0.4");
  }
  Storage*& storage = context.storages[key];
  if (storage == nullptr) {
    storage = heap.make_storage();
    storage->type = type.type;
    storage->count = count;
  } else if (storage->type != type.type || storage->count != count) {
    heap.fail("describes storage " + in_quotes(key) + " in two ways");
  }
  return heap.make(StorageRef{storage});
}

}  // namespace modeseek::checkpoints::pickle
