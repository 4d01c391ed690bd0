#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "checkpoints/pickle_value.hpp"

/// NumPy's scalars, types and arrays as pickles hold them. All throw FileError.
namespace modeseek::checkpoints::pickle {

/// dtype('f8') and the like; little endian or of one byte.
Value* numpy_type(Heap& heap, std::string_view name);

/// The state that follows a type, (3, '<', ...): refuses big endian.
void check_numpy_type_state(Heap& heap, const Value* state);

/// scalar(type, bytes): a number or a boolean.
Value* numpy_scalar(Heap& heap, const NumpyType& type, const Bytes& bytes);

/// The array of an array's state, (1, shape, type, is_fortran, bytes).
const Tensor* numpy_array(Heap& heap, const Value* state);

/// _frombuffer(bytes, type, shape, order): how protocol 5 stores an array.
Value* numpy_from_buffer(Heap& heap, const Bytes& bytes, const NumpyType& type,
                         std::vector<std::int64_t> shape, std::string_view order);

}  // namespace modeseek::checkpoints::pickle
