#include "engine/workspace.hpp"

#include <cstdlib>

#include "modeseek/error.hpp"

namespace modeseek::engine {

std::byte* Workspace::reserve(std::uint64_t bytes) {
  if (bytes <= bytes_) return memory_.get();
  constexpr std::uint64_t page = 4096;
  memory_.reset();
  bytes_ = 0;
  const std::uint64_t rounded = (bytes + page - 1) / page * page;
  memory_.reset(static_cast<std::byte*>(std::aligned_alloc(page, rounded)));
  if (!memory_) throw OutOfMemory("network activations", bytes, 0);
  bytes_ = rounded;
  return memory_.get();
}

void Workspace::Free::operator()(std::byte* memory) const { std::free(memory); }

}  // namespace modeseek::engine
