#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "checkpoints/pickle_value.hpp"

namespace modeseek::checkpoints::pickle {

/// Reads a storage that was saved as a file of its own inside bytes of the pickle.
using LoadBytes = std::function<Value*(std::span<const std::byte>)>;

/// Where a pickle's values go and what it may refer to.
struct Context {
  Heap& heap;
  StorageTable& storages;  ///< those named by persistent ids; filled while reading
  LoadBytes load_bytes;    ///< empty where such bytes are not allowed
};

struct Result {
  Value* root;
  std::size_t end;  ///< index of the first byte after the pickle
};

/// Interprets the pickle that starts at `begin`, protocols 2 to 5. Nothing is executed: the
/// interpreter knows the opcodes that checkpoints use and the constructors in pickle_calls.hpp, and
/// refuses everything else by name. Throws FileError.
/// The opcodes are documented in CPython's Lib/pickletools.py.
Result read(const Context& context, std::span<const std::byte> bytes, std::size_t begin);

}  // namespace modeseek::checkpoints::pickle
