#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace modeseek::engine {

/// Memory for a program's arena, which grows when asked and holds nothing worth keeping when it
/// does.
class Workspace {
 public:
  /// At least `bytes`, aligned for the engine, contents undefined. Throws OutOfMemory.
  std::byte* reserve(std::uint64_t bytes);

 private:
  struct Free {
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::uint64_t bytes_ = 0;
};

}  // namespace modeseek::engine
