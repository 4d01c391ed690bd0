#pragma once

#include <string_view>

#include "checkpoints/pickle_value.hpp"
#include "checkpoints/pickle_vm.hpp"

/// The constructors that checkpoints need, each rebuilt here as data. This is the whole list of
/// what a pickle can ask for.
namespace modeseek::checkpoints::pickle {

/// The value of a name in a pickle. Throws FileError "refused: this file asks to run ..." for every
/// name that is not on the list.
Value* look_up(Heap& heap, std::string_view module, std::string_view name);

/// callable(*arguments): the opcode REDUCE.
Value* call(const Context& context, const Value* callable, const Value* arguments);

/// class.__new__(class, *arguments): the opcode NEWOBJ.
Value* instantiate(const Context& context, const Value* type, const Value* arguments);

/// object.__setstate__(state): the opcode BUILD.
void set_state(const Context& context, Value* object, const Value* state);

/// The storage that a persistent id names: ('storage', class, key, device, count[, None]).
Value* persistent_storage(const Context& context, const Value* id);

}  // namespace modeseek::checkpoints::pickle
